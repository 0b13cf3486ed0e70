// What stands out: the selection with its neighbours, while the rest is dimmed.

const DIMMED = 0.25;

export const alphaOf = (highlight, shown) => (!highlight || shown ? 1 : DIMMED);

/**
 * null without a selection, else {chosen, classes, edges, clusters, focus}: the selected classes;
 * they, and of a single one its neighbours in the layers that are on; the perceived edges and the
 * clusters to be seen in full; and the cluster that is selected as a whole (or null).
 */
export function highlightOf(model, selection, layers) {
  if (!selection) return null;
  const chosen = chosenClasses(model, selection);
  const classes = new Set(chosen);
  const edges = new Set();
  if (selection.kind === "class") addNeighbours(model, selection.class, layers, classes, edges);
  else addEdgesAmong(model, chosen, edges);
  const clusters = new Set([...classes].map((i) => model.classes.cluster[i]));
  const focus = selection.kind === "cluster" ? selection.cluster : null;
  return { chosen, classes, edges, clusters, focus };
}

function chosenClasses(model, selection) {
  if (selection.kind === "class") return new Set([selection.class]);
  if (selection.kind === "pair") return new Set([selection.a, selection.b]);
  return new Set(model.members[selection.cluster]);
}

function addNeighbours(model, i, layers, classes, edges) {
  for (const layer of ["perceived", "confused", "semantic"]) {
    if (!layers[layer] || !model[layer]) continue;
    const { a, b } = model[layer];
    for (const edge of model[`${layer}Of`][i]) {
      classes.add(a[edge] === i ? b[edge] : a[edge]);
      if (layer === "perceived") edges.add(edge);
    }
  }
}

function addEdgesAmong(model, chosen, edges) {
  const { a, b } = model.perceived;
  for (const i of chosen) {
    for (const edge of model.perceivedOf[i]) {
      if (chosen.has(a[edge]) && chosen.has(b[edge])) edges.add(edge);
    }
  }
}
