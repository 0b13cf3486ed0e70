// The network's own hierarchy as a tree of blocks: its binary merges cut into readable groups.

import { conceptWord } from "../data.js";

// A group is split at falling heights until so many of its parts are substantial, or so many
// there are in all: agglomerative trees peel off single classes, which say little by themselves.
const PARTS = 6;
const MOST_PARTS = 24;
const SUBSTANTIAL = 0.04;
// Small groups fall into fewer parts: otherwise all of their classes would stand in one row.
const SMALL = 100;
// A group is called "mostly" what so much of it shares.
const MOSTLY = 0.75;

/** The root block (see taxonomy_tree.js), each with the height of its merge. */
export function ownTree(model) {
  const { merges, heights } = model.own_hierarchy;
  const n = model.n;
  const sizes = new Int32Array(n + merges.length).fill(1);
  merges.forEach(([a, b], k) => (sizes[n + k] = sizes[a] + sizes[b]));
  const tree = { n, merges, heights, sizes };
  const root = groupBlock(n + merges.length - 1, tree);
  // A list instead of recursion: single-linkage trees are as deep as there are classes.
  const open = [root];
  const inner = [];
  while (open.length) {
    const block = open.pop();
    if (block.node < n) {
      Object.assign(block, {
        one: block.node,
        name: model.classes.label[block.node],
        children: null,
      });
      continue;
    }
    block.children = partsOf(block.node, tree).map((node) => groupBlock(node, tree));
    inner.push(block);
    open.push(...block.children);
  }
  nameGroups(inner, model);
  return root;
}

const groupBlock = (node, { n, heights }) => ({
  node,
  name: "",
  concept: null,
  chain: [],
  one: null,
  height: node < n ? null : heights[node - n],
  children: null,
});

/** The parts of a merge: its tree cut at the height where enough substantial ones are found. */
function partsOf(node, { n, merges, heights, sizes }) {
  const parts = [...merges[node - n]];
  const size = sizes[node];
  const wanted = Math.min(PARTS, Math.max(2, Math.round(Math.log2(size) / 1.5)));
  const most = size < SMALL ? 2 * wanted : MOST_PARTS;
  const substantial = (one) => sizes[one] >= Math.max(2, SUBSTANTIAL * size);
  while (parts.length < most && parts.filter(substantial).length < wanted) {
    const highest = highestMerge(parts, n, heights);
    if (highest < 0) break;
    parts.splice(highest, 1, ...merges[parts[highest] - n]);
  }
  return parts;
}

function highestMerge(parts, n, heights) {
  let found = -1;
  parts.forEach((part, at) => {
    if (part >= n && (found < 0 || heights[part - n] > heights[parts[found] - n])) found = at;
  });
  return found;
}

/** Names every group by the concept its classes share, or that most of them share. */
function nameGroups(inner, model) {
  const { hierarchy, classes } = model;
  // From the smallest groups up: each hands its counts of concepts to the one above.
  for (const block of inner.reverse()) {
    block.counts = new Map();
    block.placed = 0;
    for (const child of block.children) {
      const concept = child.one == null ? null : classes.concept[child.one];
      const counts =
        child.counts ?? (hierarchy && concept != null ? waysUp(hierarchy, concept) : new Map());
      block.placed += child.placed ?? (concept == null ? 0 : 1);
      for (const [one, times] of counts)
        block.counts.set(one, (block.counts.get(one) ?? 0) + times);
      delete child.counts;
    }
    if (hierarchy) nameGroup(block, hierarchy);
  }
  delete inner.at(-1)?.counts;
}

function waysUp(hierarchy, concept) {
  const counts = new Map();
  for (let at = concept; at >= 0; at = hierarchy.parent[at]) counts.set(at, 1);
  return counts;
}

function nameGroup(block, hierarchy) {
  const deepest = (least) => {
    let found = null;
    for (const [concept, times] of block.counts) {
      if (times < least) continue;
      if (found == null || hierarchy.depth[concept] > hierarchy.depth[found]) found = concept;
    }
    return found;
  };
  const shared = block.placed ? deepest(block.placed) : null;
  if (shared == null) return;
  const most = deepest(MOSTLY * block.placed);
  const word = (concept) => conceptWord(hierarchy.name[concept]);
  block.concept = shared;
  block.shared = word(shared);
  block.share = block.counts.get(most) / block.placed;
  block.name = most === shared ? word(shared) : `mostly ${word(most)}`;
  block.short = most === shared ? word(shared) : `≈ ${word(most)}`;
}
