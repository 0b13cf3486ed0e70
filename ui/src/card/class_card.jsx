// A class: what it is, where it lies, what it is taken for.

import { clusterName, pathToRoot } from "../data.js";
import { count, fixed, percent } from "../format.js";
import { ChanceBar, SimilarityBar } from "../parts/bars.jsx";
import { ClassButton, ClusterButton } from "../parts/names.jsx";
import { confusionsOf } from "./facts.js";
import { ConfusionList } from "./confusion_list.jsx";
import { Section, ShortList, Way } from "./parts.jsx";

export function ClassCard({ of, i }) {
  const { classes } = of;
  return (
    <>
      <CardHead of={of} i={i} />
      <Facts of={of} i={i} />
      <OddMark of={of} i={i} />
      {classes.nearest && <Nearest of={of} i={i} />}
      {of.confused && (
        <Section title="Confused with">
          <ConfusionList of={of} i={i} confusions={confusionsOf(of, i)} />
        </Section>
      )}
      {classes.kin && <Kin of={of} i={i} />}
      <PathToRoot of={of} i={i} />
    </>
  );
}

function CardHead({ of: { classes, hierarchy }, i }) {
  const concept = classes.concept[i];
  const picture = classes.image?.[i];
  const label = classes.label[i];
  return (
    <header class="card-head">
      {picture && <img src={picture} alt="" width="72" height="72" />}
      <div>
        <p class="quiet">Class{classes.id?.[i] ? ` · ${classes.id[i]}` : ""}</p>
        <h3 tabIndex={-1} title={label}>
          <bdi dir="auto">{label}</bdi>
        </h3>
      </div>
      {concept != null && hierarchy?.gloss[concept] && <p class="gloss">{hierarchy.gloss[concept]}</p>}
    </header>
  );
}

function Facts({ of, i }) {
  const { classes } = of;
  const [local, chance] = [classes.local_depth?.[i], classes.chance_depth?.[i]];
  const accuracy = classes.accuracy?.[i];
  return (
    <dl class="facts">
      <dt>Cluster</dt>
      <dd>
        <ClusterButton cluster={classes.cluster[i]} />
      </dd>
      <dt>Local depth</dt>
      <dd>
        {local == null ? (
          <span class="quiet">undefined: no edge of its own with a place in the taxonomy</span>
        ) : (
          <>
            {fixed(local)} <span class="quiet">mean depth of its edges; by chance {fixed(chance)}</span>
            <ChanceBar
              value={local}
              chance={chance}
              max={deepest(of)}
              label={`Local depth ${fixed(local)}, by chance ${fixed(chance)}`}
            />
          </>
        )}
      </dd>
      {accuracy != null && (
        <>
          <dt>Recognised</dt>
          <dd>
            {percent(accuracy, 1)} <span class="quiet">of {count(classes.seen?.[i])} samples</span>
          </dd>
        </>
      )}
      <Placed of={of} i={i} />
    </dl>
  );
}

const deepest = ({ depth_histogram: { pairs } }) => Math.max(1, pairs.length - 1);

function Placed({ of: { classes, hierarchy }, i }) {
  const concept = classes.concept[i];
  const sure = classes.confidence?.[i];
  return (
    <>
      <dt>Concept</dt>
      <dd>
        {concept == null || !hierarchy ? "none found: takes no part in depths" : hierarchy.name[concept]}{" "}
        {concept != null && (
          <span class="quiet">
            {classes.placed_by[i]}
            {sure != null && sure < 0.995 ? `, ${percent(sure)} sure` : ""}
          </span>
        )}
      </dd>
    </>
  );
}

function OddMark({ of: { odd }, i }) {
  const at = odd?.class.indexOf(i) ?? -1;
  if (at < 0 || odd.depth[at] == null || !(odd.normalised[at] < 0)) return null;
  return (
    <p class="odd-mark">
      <b>Odd:</b> its nearest templates meet it at depth {fixed(odd.depth[at])}, less than the{" "}
      {fixed(odd.chance[at])} that classes picked at random would.
    </p>
  );
}

function Nearest({ of: { classes }, i }) {
  const similarity = classes.nearest_similarity[i];
  const items = classes.nearest[i].map((other, at) => [other, similarity[at]]);
  return (
    <Section title="Nearest templates, by similarity">
      <ShortList items={items}>
        {([other, value]) => (
          <li key={other} class="row-bar">
            <ClassButton i={other} />
            <SimilarityBar value={value} />
            <span class="number">{fixed(value)}</span>
          </li>
        )}
      </ShortList>
    </Section>
  );
}

function Kin({ of: { classes }, i }) {
  const items = (classes.kin[i] ?? []).map((other, at) => [other, classes.kin_depth[i][at]]);
  if (!items.length) return null;
  return (
    <Section title="Semantic neighbours, by depth">
      <ShortList items={items}>
        {([other, depth]) => (
          <li key={other} class="row-number">
            <ClassButton i={other} />
            <span class="number">{fixed(depth, 0)}</span>
          </li>
        )}
      </ShortList>
    </Section>
  );
}

function PathToRoot({ of, i }) {
  const { classes, clusters, hierarchy } = of;
  const concept = classes.concept[i];
  if (concept == null || !hierarchy) return null;
  const cluster = classes.cluster[i];
  return (
    <Section title="Up to the root, with depths">
      <Way
        of={of}
        concepts={pathToRoot(hierarchy, concept)}
        marked={clusters.is_noise[cluster] ? null : clusters.concept[cluster]}
        mark={`← all of its cluster ${clusterName(of, cluster)} meet`}
      />
    </Section>
  );
}
