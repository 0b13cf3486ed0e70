// Tells a screen reader what is selected now, wherever that was done.

import { clusterName } from "../data.js";
import { counted } from "../format.js";
import { model, selection } from "../state.js";

export function Announcer() {
  return (
    <p class="unseen" role="status">
      {spoken(model.value, selection.value)}
    </p>
  );
}

function spoken(shown, chosen) {
  if (!chosen) return "Nothing is selected.";
  const { label, cluster } = shown.classes;
  if (chosen.kind === "pair") return `Pair ${label[chosen.a]} and ${label[chosen.b]} selected.`;
  const inCluster = (number) =>
    `cluster ${clusterName(shown, number)}, ${counted(shown.clusters.size[number], "class", "classes")}`;
  if (chosen.kind === "cluster") return `Selected: ${inCluster(chosen.cluster)}.`;
  return `Class ${label[chosen.class]} selected, in ${inCluster(cluster[chosen.class])}.`;
}
