// A pair of classes: how alike, where they meet, how often confused, what to make of it.

import { Fragment } from "preact";
import { count, fixed } from "../format.js";
import { SimilarityBar } from "../parts/bars.jsx";
import { ClassButton } from "../parts/names.jsx";
import { wayUp } from "../taxonomy.js";
import { pairFacts } from "./facts.js";
import { Concept, Section, Way } from "./parts.jsx";

export function PairCard({ of, a, b }) {
  const facts = pairFacts(of, a, b);
  return (
    <>
      <header class="card-head">
        <div>
          <p class="quiet">Pair of classes</p>
          <h3 tabIndex={-1}>
            <ClassButton i={a} /> <span class="quiet">and</span> <ClassButton i={b} />
          </h3>
        </div>
      </header>
      {facts.verdict && <Verdict {...facts.verdict} />}
      <Likeness of={of} a={a} b={b} {...facts} />
      {of.confused && <Confusions of={of} a={a} b={b} counts={facts.counts} />}
      <Meeting of={of} a={a} b={b} met={facts.met} />
      <ForestWay way={facts.way} />
    </>
  );
}

function Verdict({ name, meaning, advice }) {
  return (
    <div class="verdict">
      <p>
        <b>{name}</b>: {meaning}.
      </p>
      <p>What to do: {advice}.</p>
    </div>
  );
}

function Likeness({ of: { classes }, a, b, similarity, ranks }) {
  const names = [a, b].map((i) => classes.label[i]);
  const same = classes.cluster[a] === classes.cluster[b];
  return (
    <Section title="Likeness to the network">
      {similarity ? (
        <p class="row-bar">
          <span>Similarity</span>
          <SimilarityBar value={similarity.value} />
          <span class="number">
            {similarity.exact ? fixed(similarity.value, 3) : `≈ ${fixed(similarity.value)}`}
          </span>
        </p>
      ) : (
        <p>Not among the similarities that this file holds.</p>
      )}
      <p>{same ? "In one cluster." : "In two clusters."}</p>
      <ul class="plain">
        {ranks.map(
          (rank, at) =>
            rank && (
              <li key={at}>
                Number {rank} among the nearest of <bdi dir="auto">{names[at]}</bdi>.
              </li>
            ),
        )}
      </ul>
    </Section>
  );
}

function Confusions({ of, a, b, counts }) {
  const { label, seen } = of.classes;
  const times = (from, to, number) => (
    <li>
      <bdi dir="auto">{label[from]}</bdi> taken for <bdi dir="auto">{label[to]}</bdi>:{" "}
      <b class="number">{count(number)}</b>
      {seen && <span class="quiet"> of {count(seen[from])}</span>}
    </li>
  );
  return (
    <Section title="Confusions">
      {counts ? (
        <ul class="plain">
          {times(a, b, counts[0])}
          {times(b, a, counts[1])}
        </ul>
      ) : (
        <p>{of.confused.omitted ? "Not among the pairs that are listed." : "Never confused."}</p>
      )}
    </Section>
  );
}

function Meeting({ of, a, b, met }) {
  if (met == null) {
    return (
      <Section title="Kinship">
        <p>One of the two has no place in the taxonomy, or nothing lies above both.</p>
      </Section>
    );
  }
  const { classes, hierarchy } = of;
  const [up, down] = [a, b].map((i) => wayUp(hierarchy, classes.concept[i], met));
  return (
    <Section title="Where they meet">
      <p>
        At{" "}
        <b>
          <Concept of={of} concept={met} />
        </b>
        , depth {hierarchy.depth[met]}.
      </p>
      {hierarchy.gloss[met] && <p class="gloss">{hierarchy.gloss[met]}</p>}
      <Way of={of} concepts={[...up, ...down.slice(0, -1).reverse()]} marked={met} mark="← they meet" />
    </Section>
  );
}

function ForestWay({ way }) {
  return (
    <Section title="Way through the perceived forest">
      {way ? (
        <p class="forest-way">
          {way.map((i, at) => (
            <Fragment key={i}>
              {at > 0 && <span aria-hidden="true"> – </span>}
              <ClassButton i={i} />
            </Fragment>
          ))}
        </p>
      ) : (
        <p>None: they stand in different trees.</p>
      )}
    </Section>
  );
}
