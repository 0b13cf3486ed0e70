// What the cards tell of a class, a pair and a cluster, asked of a model's tables.

import { edgeBetween } from "../data.js";
import { gridOf, similarityAt } from "../matrix/cells.js";
import { meeting } from "../taxonomy.js";

const verdictRows = new WeakMap();

/** The row of a pair in the verdicts, undefined if it has none. */
export function verdictRow(model, a, b) {
  const { verdicts, n } = model;
  if (!verdicts) return undefined;
  if (!verdictRows.has(model)) {
    verdictRows.set(model, new Map(verdicts.a.map((first, at) => [key(first, verdicts.b[at], n), at])));
  }
  return verdictRows.get(model).get(key(a, b, n));
}

const key = (a, b, n) => Math.min(a, b) * n + Math.max(a, b);

/** {name, meaning, advice} of a pair, null if it has no verdict. */
export function verdictOf(model, a, b) {
  const at = verdictRow(model, a, b);
  if (at === undefined) return null;
  const { names, meaning, advice, verdict } = model.verdicts;
  const kind = verdict[at];
  return { name: names[kind], meaning: meaning[kind], advice: advice[kind] };
}

/** A class's confusions, most often first: {other, asOther, asThis, verdict}. */
export function confusionsOf(model, i) {
  const { confused } = model;
  return model.confusedOf[i]
    .map((edge) => {
      const first = confused.a[edge] === i;
      const other = first ? confused.b[edge] : confused.a[edge];
      const [asOther, asThis] = first
        ? [confused.a_as_b[edge], confused.b_as_a[edge]]
        : [confused.b_as_a[edge], confused.a_as_b[edge]];
      return { other, asOther, asThis, verdict: verdictOf(model, i, other)?.name };
    })
    .sort((x, y) => y.asOther + y.asThis - (x.asOther + x.asThis));
}

/** What is known of a pair, a before b. */
export function pairFacts(model, a, b) {
  const edge = edgeBetween(model, "confused", a, b);
  return {
    similarity: similarityOf(model, a, b),
    ranks: [rankOf(model, a, b), rankOf(model, b, a)],
    met: meeting(model, a, b),
    counts: edge < 0 ? null : [model.confused.a_as_b[edge], model.confused.b_as_a[edge]],
    verdict: verdictOf(model, a, b),
    way: forestWay(model, a, b),
  };
}

/** Which of a class's nearest the other is, from 1; null if it is not among those listed. */
function rankOf({ classes }, i, other) {
  const at = classes.nearest?.[i]?.indexOf(other) ?? -1;
  return at < 0 ? null : at + 1;
}

/** {value, exact}: to full precision where a table has it, else as the matrix shows it. */
export function similarityOf(model, a, b) {
  const at = model.classes.nearest?.[a]?.indexOf(b) ?? -1;
  if (at >= 0) return { value: model.classes.nearest_similarity[a][at], exact: true };
  const back = model.classes.nearest?.[b]?.indexOf(a) ?? -1;
  if (back >= 0) return { value: model.classes.nearest_similarity[b][back], exact: true };
  for (const layer of ["perceived", "confused"]) {
    const edge = edgeBetween(model, layer, a, b);
    const value = edge < 0 ? null : model[layer].similarity[edge];
    if (value != null) return { value, exact: true };
  }
  const row = verdictRow(model, a, b);
  const judged = row === undefined ? null : model.verdicts.similarity[row];
  return judged == null ? fromMatrix(model, a, b) : { value: judged, exact: true };
}

// The matrix holds 256 steps, and above 1,500 classes means of blocks, which tell of no pair.
function fromMatrix(model, a, b) {
  if (!model.matrix || model.matrix.size !== model.n) return null;
  const grid = gridOf(model);
  return { value: similarityAt(grid, grid.position[a], grid.position[b]), exact: false };
}

/** The classes on the way from a to b along the perceived forest, null if there is none. */
export function forestWay({ perceived, perceivedOf }, a, b) {
  const from = new Map([[a, null]]);
  for (const at of from.keys()) {
    if (at === b) break;
    for (const edge of perceivedOf[at]) {
      const next = perceived.a[edge] === at ? perceived.b[edge] : perceived.a[edge];
      if (!from.has(next)) from.set(next, at);
    }
  }
  if (!from.has(b)) return null;
  const way = [];
  for (let at = b; at != null; at = from.get(at)) way.push(at);
  return way.reverse();
}

/** What is known of a cluster: members, its edges most alike first, confusions in and out. */
export function clusterFacts(model, cluster) {
  const members = model.members[cluster];
  const inside = (i) => model.classes.cluster[i] === cluster;
  const edgesOf = (layer) => [...new Set(members.flatMap((i) => model[`${layer}Of`][i]))];
  const { perceived, confused } = model;
  const edges = edgesOf("perceived").sort((x, y) => perceived.similarity[y] - perceived.similarity[x]);
  const counts = { within: 0, across: 0 };
  const pairs = edgesOf("confused").map((edge) => {
    const total = confused.a_as_b[edge] + confused.b_as_a[edge];
    const isWithin = inside(confused.a[edge]) && inside(confused.b[edge]);
    counts[isWithin ? "within" : "across"] += total;
    return { a: confused.a[edge], b: confused.b[edge], total, isWithin };
  });
  pairs.sort((x, y) => y.total - x.total);
  return { members, edges, counts, pairs };
}
