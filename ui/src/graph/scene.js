// What is drawn over the layout: edges with their confusions, arcs, scales; made once per model.

const made = new WeakMap();

/**
 * The scene of a model: {low, high, shade, likeness, bySize, confusions, mostConfused, arcs,
 * semantic, verdictOf}.
 */
export function sceneOf(model) {
  if (!made.has(model)) made.set(model, makeScene(model));
  return made.get(model);
}

function makeScene(model) {
  const [low, high] = range(model.perceived.similarity);
  const verdictOf = verdicts(model);
  const { confusions, arcs } = confusionLines(model, verdictOf);
  /** Where a similarity lies in the graph's range, 0 to 1. */
  const shade = (similarity) => (high > low ? (similarity - low) / (high - low) : 1);
  return {
    low,
    high,
    shade,
    likeness: likeness(model, shade),
    bySize: bySize(model),
    confusions,
    mostConfused: Math.max(1, largest(confusions), arcs[0]?.count ?? 0),
    arcs,
    semantic: semanticLines(model),
    verdictOf,
  };
}

/** The mean shade of each cluster's edges; 0 where a class is alone. */
function likeness(model, shade) {
  const sums = new Float64Array(model.members.length);
  const counts = new Float64Array(model.members.length);
  model.perceived.a.forEach((a, edge) => {
    sums[model.classes.cluster[a]] += shade(model.perceived.similarity[edge]);
    counts[model.classes.cluster[a]] += 1;
  });
  return sums.map((sum, cluster) => (counts[cluster] ? sum / counts[cluster] : 0));
}

/** The clusters, largest first: whose names come first where there is little room. */
const bySize = (model) =>
  model.members
    .map((members, cluster) => [members.length, cluster])
    .sort(([one, a], [other, b]) => other - one || a - b)
    .map(([, cluster]) => cluster);

function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

const largest = (values) => values.reduce((a, b) => Math.max(a, b), 0);

const keyOf = (n, a, b) => Math.min(a, b) * n + Math.max(a, b);

/** (a, b) -> the verdict's name, or null. */
function verdicts(model) {
  const table = model.verdicts;
  const found = new Map();
  table?.a.forEach((a, i) => found.set(keyOf(model.n, a, table.b[i]), table.names[table.verdict[i]]));
  return (a, b) => found.get(keyOf(model.n, a, b)) ?? null;
}

/** Confusions along each perceived edge, and those beside the forest as arcs, most first. */
function confusionLines(model, verdictOf) {
  const confusions = new Float64Array(model.perceived.a.length);
  const arcs = [];
  const table = model.confused;
  if (!table) return { confusions, arcs };
  const edges = new Map(
    model.perceived.a.map((a, edge) => [keyOf(model.n, a, model.perceived.b[edge]), edge]),
  );
  table.a.forEach((a, i) => {
    const b = table.b[i];
    const count = table.a_as_b[i] + table.b_as_a[i];
    const edge = edges.get(keyOf(model.n, a, b));
    if (edge !== undefined) confusions[edge] = count;
    else arcs.push({ kind: "confused", a, b, count, row: i, verdict: verdictOf(a, b) });
  });
  arcs.sort((one, other) => other.count - one.count || one.row - other.row);
  return { confusions, arcs };
}

/** The taxonomy's own forest, nearest kin first. */
function semanticLines(model) {
  const table = model.semantic;
  if (!table) return [];
  const lines = table.a.map((a, i) => ({
    kind: "semantic",
    a,
    b: table.b[i],
    similarity: table.similarity[i],
    depth: table.depth[i],
  }));
  return lines.sort((one, other) => other.similarity - one.similarity);
}
