// Sorts clusters into the branches of the taxonomy, so that what is kin stands together.

import { conceptWord, pathToRoot } from "../data.js";

// A branch is split until it has no more clusters than this, and into no more parts than these.
const LEAF = 90;
const PARTS = [8, 8];
const HEAVY = [0.2, 0.3];
// A part with fewer clusters than this goes to "other".
const FEWEST = 4;
const FEWEST_SHARE = 0.03;

/**
 * The clusters as a tree {name, clusters} or {name, children}, at most two levels below the
 * root; within a leaf they stand in the taxonomy's order. One leaf without a name if there is no
 * taxonomy or little to sort.
 */
export function branches(model) {
  const items = model.members
    .map((members, cluster) => ({ cluster, path: majorityPath(model, members) }))
    .filter(({ cluster }) => model.members[cluster].length);
  items.sort((one, other) => comparePaths(one.path, other.path) || one.cluster - other.cluster);
  return divide({ name: "", items, at: 0 }, 0, model);
}

/** From the root down, the concepts that more than half of the placed members are of. */
function majorityPath(model, members) {
  if (!model.hierarchy) return [];
  const counts = new Map();
  let placed = 0;
  for (const member of members) {
    const concept = model.classes.concept[member];
    if (concept == null) continue;
    placed += 1;
    for (const above of pathToRoot(model.hierarchy, concept)) {
      counts.set(above, (counts.get(above) ?? 0) + 1);
    }
  }
  const common = [...counts].filter(([, count]) => 2 * count > placed).map(([concept]) => concept);
  // Parents stand before their children in the hierarchy, and a majority's path has no forks.
  return common.sort((one, other) => one - other);
}

function comparePaths(one, other) {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    if (one[i] !== other[i]) return one[i] - other[i];
  }
  return other.length - one.length;
}

function divide(branch, level, model) {
  const clusters = branch.items.map(({ cluster }) => cluster);
  if (level === PARTS.length || clusters.length <= LEAF) return { name: branch.name, clusters };
  const parts = split(branch, level, model);
  if (parts.length < 2) return { name: branch.name, clusters };
  return { name: branch.name, children: parts.map((part) => divide(part, level + 1, model)) };
}

/** Split the heaviest part again and again while it is heavy and the parts are few. */
function split(branch, level, model) {
  const total = branch.items.length;
  let parts = [branch];
  const done = new Set();
  while (parts.length < PARTS[level]) {
    const open = parts.filter((part) => !done.has(part) && !part.rest);
    const heaviest = open.reduce((a, b) => (a && a.items.length >= b.items.length ? a : b), null);
    if (!heaviest || (parts.length > 1 && heaviest.items.length < HEAVY[level] * total)) break;
    const children = fork(heaviest, total, model);
    if (children.length < 2) done.add(heaviest);
    else parts = parts.flatMap((part) => (part === heaviest ? children : [part]));
  }
  return parts;
}

/** The next fork of a branch's paths: its large enough children, the others as one part. */
function fork(branch, total, model) {
  const fewest = Math.max(FEWEST, FEWEST_SHARE * total);
  for (let at = branch.at; ; at++) {
    const byConcept = groupBy(branch.items, ({ path }) => path[at]);
    const large = [...byConcept].filter(
      ([concept, items]) => concept !== undefined && items.length >= fewest,
    );
    if (!large.length) return [];
    const taken = new Set(large.flatMap(([, items]) => items));
    const rest = branch.items.filter((item) => !taken.has(item));
    // Where nothing branches, go down; the few stragglers come along and end among the others.
    if (large.length === 1 && rest.length < fewest) continue;
    const parts = large.map(([concept, items]) => ({
      name: conceptWord(model.hierarchy.name[concept]),
      items,
      at: at + 1,
    }));
    if (rest.length) parts.push({ name: `other ${branch.name}`.trim(), items: rest, rest: true });
    return parts;
  }
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(key(item))) groups.set(key(item), []);
    groups.get(key(item)).push(item);
  }
  return groups;
}
