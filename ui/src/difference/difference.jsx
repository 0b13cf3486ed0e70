// Where two models differ: in a few numbers, then the edges, classes and confusions that changed.

import { count, counted, fixed, percent } from "../format.js";
import { Explain } from "../parts/explain.jsx";
import { ClassButton, PairButton } from "../parts/names.jsx";
import { scrollToStage } from "../parts/stage.js";
import { modelNumber, report, showModel, view } from "../state.js";
import { changedEdges, confusionChanges, movedClasses } from "./changes.js";

const SHOWN = 6;

export function Difference() {
  const { difference, models } = report.value;
  const titles = models.map(({ title }, at) => title || `model ${at + 1}`);
  return (
    <section class="difference" aria-labelledby="difference-title">
      <h2 id="difference-title">How the two differ</h2>
      <Agreement difference={difference} />
      <OnlyOne difference={difference} titles={titles} />
      <div class="difference-lists">
        <Edges difference={difference} titles={titles} />
        <Moved difference={difference} />
        {difference.confusions && <Confusions difference={difference} titles={titles} />}
      </div>
      <p class="quiet">
        <button class="link" onClick={showTables}>
          All of it in tables
        </button>
      </p>
    </section>
  );
}

function showTables() {
  view.value = "tables";
  scrollToStage();
}

function Agreement({ difference: { adjusted_rand: rand, edge_jaccard: edges, spearman } }) {
  return (
    <dl class="agreement">
      <Agreed name="Clusters" value={rand} what="the adjusted Rand index">
        How far both sort the classes into the same clusters (adjusted Rand index): 1 if they are the
        same, about 0 for clusters made by chance.
      </Agreed>
      <Agreed name="Edges" value={edges} what="the edges' Jaccard index">
        Of all edges that one of the two forests has, the share that both have (Jaccard index).
      </Agreed>
      <Agreed name="Similarities" value={spearman} what="the rank correlation">
        Rank correlation (Spearman) of the similarities of all pairs: 1 if both rank them alike, about
        0 by chance.
      </Agreed>
    </dl>
  );
}

function Agreed({ name, value, what, children }) {
  if (value == null) return null;
  return (
    <div>
      <dt>{name} agree</dt>
      <dd>
        <b class="figure">{fixed(value)}</b>
        <Explain what={what}>{children}</Explain>
      </dd>
    </div>
  );
}

function OnlyOne({ difference, titles }) {
  const numbers = [difference.only_first.length, difference.only_second.length];
  if (!numbers[0] && !numbers[1]) return null;
  const parts = numbers.map((number, at) => `${counted(number, "class", "classes")} only in ${titles[at]}`);
  return (
    <p class="lead">
      {counted(difference.shared.label.length, "class", "classes")} in both, {parts.join(", ")}.
    </p>
  );
}

/** A pair of shared classes, as a button to the pair in a model that shows it. */
function SharedPair({ difference, a, b, inModel = modelNumber.value }) {
  const { shared } = difference;
  const column = inModel ? shared.second : shared.first;
  if (inModel === modelNumber.value) return <PairButton a={column[a]} b={column[b]} />;
  return (
    <bdi dir="auto" class="name">
      {shared.label[a]} and {shared.label[b]}
    </bdi>
  );
}

function Edges({ difference, titles }) {
  const changed = changedEdges(difference.edges);
  return (
    <section>
      <h3>Likenesses that only one has</h3>
      {!changed.some(({ length }) => length) && <p class="quiet">None: both forests are the same.</p>}
      {changed.map(
        (edges, number) =>
          edges.length > 0 && (
            <div key={number}>
              <h4>
                {count(edges.length)} only in <bdi dir="auto">{titles[number]}</bdi>
                {number !== modelNumber.value && (
                  <button class="link" onClick={() => showModel(number)}>
                    show that model
                  </button>
                )}
              </h4>
              <ul class="rows">
                {edges.slice(0, SHOWN).map(({ a, b, similarity }) => (
                  <li key={`${a} ${b}`} class="row-number">
                    <SharedPair difference={difference} a={a} b={b} />
                    <span class="number">{fixed(similarity)}</span>
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
    </section>
  );
}

function Moved({ difference }) {
  const { moved, shared } = difference;
  const found = movedClasses(moved);
  const column = modelNumber.value ? shared.second : shared.first;
  return (
    <section>
      <h3>Classes in other company</h3>
      {found.length === 0 && <p class="quiet">None: every class has the same companions in both.</p>}
      {found.length > 0 && (
        <>
          <h4>{count(found.length)} with other companions; share of companions kept</h4>
          <ul class="rows">
            {found.slice(0, SHOWN).map(({ at, overlap }) => (
              <li key={at} class="row-number">
                <ClassButton i={column[at]} />
                <span class="number">{percent(overlap)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Confusions({ difference, titles }) {
  const { more, less } = confusionChanges(difference.confusions, SHOWN);
  return (
    <section>
      <h3>Confusions that differ most</h3>
      {!more.length && !less.length && <p class="quiet">None: both confuse the same pairs as often.</p>}
      <ConfusionChanges rows={less} difference={difference} title="Fewer in" named={titles[1]} />
      <ConfusionChanges rows={more} difference={difference} title="More in" named={titles[1]} />
    </section>
  );
}

function ConfusionChanges({ rows, difference, title, named }) {
  if (!rows.length) return null;
  return (
    <>
      <h4>
        {title} <bdi dir="auto">{named}</bdi>
      </h4>
      <ul class="rows">
        {rows.map(({ a, b, first, second }) => (
          <li key={`${a} ${b}`} class="row-number">
            <SharedPair difference={difference} a={a} b={b} />
            <span class="number">
              {count(first)} <span aria-hidden="true">→</span>
              <span class="unseen">then</span> {count(second)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
