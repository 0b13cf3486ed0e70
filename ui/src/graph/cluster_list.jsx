// The same graph as a list, for those who do not see it: clusters, and the classes of one of them.

import { useState } from "preact/hooks";
import { selection } from "../state.js";
import { ClassButton, ClusterButton } from "../parts/names.jsx";

// The tables have them all; a list of thousands of buttons helps nobody.
const MOST = 60;

export function ClusterList({ shown }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="graph-list" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The clusters as a list</summary>
      {open && <Lists shown={shown} />}
    </details>
  );
}

function Lists({ shown }) {
  const clusters = shown.members
    .map((members, cluster) => ({ cluster, size: members.length }))
    .filter(({ size }) => size)
    .sort((one, other) => other.size - one.size || one.cluster - other.cluster);
  const chosen = clusterOf(shown, selection.value);
  return (
    <div class="graph-lists">
      {chosen != null && (
        <Items title="Classes of the selected cluster" total={shown.members[chosen].length}>
          {shown.members[chosen].slice(0, MOST).map((i) => (
            <li key={i}>
              <ClassButton i={i} />
            </li>
          ))}
        </Items>
      )}
      <Items title="Clusters, largest first" total={clusters.length}>
        {clusters.slice(0, MOST).map(({ cluster }) => (
          <li key={cluster}>
            <ClusterButton cluster={cluster} />
          </li>
        ))}
      </Items>
    </div>
  );
}

function clusterOf(shown, chosen) {
  if (!chosen) return null;
  if (chosen.kind === "cluster") return chosen.cluster;
  return shown.classes.cluster[chosen.kind === "class" ? chosen.class : chosen.a];
}

function Items({ title, total, children }) {
  return (
    <section>
      <h3>{title}</h3>
      <ul>{children}</ul>
      {total > MOST && <p class="quiet">{`${total - MOST} more are in the tables.`}</p>}
    </section>
  );
}
