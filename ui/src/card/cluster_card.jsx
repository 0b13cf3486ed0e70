// A cluster: what its classes have in common, its likenesses, its confusions.

import { clusterName } from "../data.js";
import { count, counted, fixed, percent } from "../format.js";
import { SimilarityBar } from "../parts/bars.jsx";
import { ClassButton, ClassName, PairButton } from "../parts/names.jsx";
import { clusterFacts } from "./facts.js";
import { Section, ShortList } from "./parts.jsx";

export function ClusterCard({ of, cluster }) {
  const facts = clusterFacts(of, cluster);
  const { clusters, hierarchy } = of;
  const concept = clusters.concept[cluster];
  return (
    <>
      <header class="card-head">
        <div>
          <p class="quiet">
            Cluster {cluster}, {counted(clusters.size[cluster], "class", "classes")}
          </p>
          <h3 tabIndex={-1}>
            <bdi dir="auto">{clusterName(of, cluster)}</bdi>
          </h3>
        </div>
        {concept != null && hierarchy?.gloss[concept] && <p class="gloss">{hierarchy.gloss[concept]}</p>}
      </header>
      <Facts of={of} cluster={cluster} facts={facts} />
      <Section title="Classes">
        <ShortList items={facts.members} shown={12} className="rows">
          {(i) => (
            <li key={i}>
              <ClassButton i={i} />
            </li>
          )}
        </ShortList>
      </Section>
      <Likenesses of={of} edges={facts.edges} />
      {facts.pairs.length > 0 && <Confusions pairs={facts.pairs} />}
    </>
  );
}

function Facts({ of: { clusters, confused }, cluster, facts: { counts } }) {
  const depth = clusters.depth[cluster];
  const all = counts.within + counts.across;
  return (
    <dl class="facts">
      <dt>Depth</dt>
      <dd>
        {depth == null ? (
          <span class="quiet">undefined: no edge with a place in the taxonomy</span>
        ) : (
          <>
            {fixed(depth)} <span class="quiet">mean depth of its edges</span>
          </>
        )}
      </dd>
      {confused && (
        <>
          <dt>Confusions</dt>
          <dd>
            {count(counts.within)} inside, {count(counts.across)} with other clusters{" "}
            {all > 0 && <span class="quiet">({percent(counts.within / all)} inside)</span>}
          </dd>
        </>
      )}
    </dl>
  );
}

function Likenesses({ of: { perceived }, edges }) {
  if (!edges.length) return null;
  return (
    <Section title="Edges, most alike first">
      <ShortList items={edges}>
        {(edge) => (
          <li key={edge} class="row-bar">
            <PairButton a={perceived.a[edge]} b={perceived.b[edge]} />
            <SimilarityBar value={perceived.similarity[edge]} />
            <span class="number">{fixed(perceived.similarity[edge])}</span>
          </li>
        )}
      </ShortList>
    </Section>
  );
}

function Confusions({ pairs }) {
  return (
    <Section title="Confused most often">
      <ShortList items={pairs}>
        {({ a, b, total, isWithin }) => (
          <li key={`${a} ${b}`} class="row-number">
            <PairButton a={a} b={b}>
              <ClassName i={a} /> and <ClassName i={b} />
              {!isWithin && <span class="quiet"> (outside)</span>}
            </PairButton>
            <span class="number">{count(total)}</span>
          </li>
        )}
      </ShortList>
    </Section>
  );
}
