// Where to begin while nothing is selected: the largest clusters, the pairs most worth a look.

import { count, fixed } from "../format.js";
import { ClusterButton, PairButton } from "../parts/names.jsx";
import { Section } from "./parts.jsx";

const SHOWN = 6;

export function NothingSelected({ of }) {
  return (
    <div class="card-body card-empty">
      <h3>Choose a class</h3>
      <p class="quiet">
        Pick one in the picture or find it above; its card opens here. Or begin with one of these.
      </p>
      {of.confused?.a.length > 0 ? <MostConfused of={of} /> : <MostAlike of={of} />}
      <LargestClusters of={of} />
    </div>
  );
}

function MostConfused({ of: { confused } }) {
  return (
    <Section title="Most often confused">
      <ul class="rows">
        {confused.a.slice(0, SHOWN).map((a, edge) => (
          <li key={edge} class="row-number">
            <PairButton a={a} b={confused.b[edge]} />
            <span class="number">{count(confused.a_as_b[edge] + confused.b_as_a[edge])}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function MostAlike({ of: { perceived } }) {
  const edges = best(perceived.similarity);
  return (
    <Section title="Most alike">
      <ul class="rows">
        {edges.map((edge) => (
          <li key={edge} class="row-number">
            <PairButton a={perceived.a[edge]} b={perceived.b[edge]} />
            <span class="number">{fixed(perceived.similarity[edge])}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function LargestClusters({ of: { clusters } }) {
  const found = best(clusters.size.map((size, at) => (clusters.is_noise[at] ? -1 : size)));
  return (
    <Section title="Largest clusters">
      <ul class="rows">
        {found.map((cluster) => (
          <li key={cluster}>
            <ClusterButton cluster={cluster} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

const best = (values) =>
  [...values.keys()].sort((x, y) => values[y] - values[x] || x - y).slice(0, SHOWN);
