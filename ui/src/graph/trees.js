// Draws each cluster's spanning tree as a tidy tree, left to right, so that names stand in rows.

import { hierarchy, tree } from "d3-hierarchy";

/** Sizes in world units: pixels at zoom 1. */
export const ROW = 25;
export const LABEL = 96;
export const GAP = 68;
export const TITLE = 48;
/** Between boxes; a box is so many columns wide, less this: boxes of all sizes line up. */
export const MARGIN = 12;
/** The width of a column. */
export const PITCH = LABEL + GAP;
const PADDING = 10;
/** A class that nothing hangs on may use the gap after it. */
export const LEAF_LABEL = PITCH - MARGIN - 2 * PADDING;
const INDENT = 22;

// Beyond these a tidy tree is a line of many columns and few rows; an indented outline is squarer.
const MANY_COLUMNS = 10;
const WIDE = 3;

/**
 * The tree of every cluster as a box: {cluster, width, height, titled, outline, nodes, roots},
 * where nodes are {class, parent, edge, x, y} relative to the box, parents before children.
 */
export function clusterBoxes(model) {
  return model.members.map((members, cluster) => clusterBox(model, cluster, members));
}

function clusterBox(model, cluster, members) {
  // A class by itself is its own title.
  const titled = members.length > 1;
  const box = { cluster, titled, outline: false, nodes: [], width: 0, height: 0 };
  const left = new Set(members);
  let bottom = titled ? TITLE : PADDING;
  for (const start of members) {
    if (!left.has(start)) continue;
    const part = placeTree(model, component(model, start, left));
    for (const node of part.nodes) {
      box.nodes.push({ ...node, x: node.x + PADDING, y: node.y + bottom + ROW / 2 });
    }
    box.outline ||= part.outline;
    box.width = Math.max(box.width, Math.ceil(part.width / PITCH) * PITCH - MARGIN);
    bottom += part.height;
  }
  box.height = bottom + PADDING;
  return box;
}

/** The connected classes around `start` within `left`, which loses them. */
function component(model, start, left) {
  const found = [start];
  left.delete(start);
  for (const at of found) {
    for (const { to } of neighbours(model, at)) {
      if (left.delete(to)) found.push(to);
    }
  }
  return found;
}

/** The perceived neighbours of a class within its cluster, most similar first. */
function neighbours(model, at) {
  const { a, b, similarity } = model.perceived;
  const { cluster } = model.classes;
  return model.perceivedOf[at]
    .map((edge) => ({ edge, to: a[edge] === at ? b[edge] : a[edge] }))
    .filter(({ to }) => cluster[to] === cluster[at] && to !== at)
    .sort((one, other) => similarity[other.edge] - similarity[one.edge] || one.to - other.to);
}

function placeTree(model, classes) {
  const root = hierarchy(rooted(model, centre(model, classes)));
  const columns = root.height + 1;
  tree().nodeSize([ROW, PITCH]).separation(() => 1)(root);
  const rows = root.descendants();
  const top = Math.min(...extent(rows));
  const height = extent(rows)[1] - top + ROW;
  if (columns > MANY_COLUMNS && columns * PITCH > WIDE * height) return outline(root);
  const nodes = rows.map((node) => placed(node, node.y, node.x - top));
  return { nodes, outline: false, width: columns * PITCH, height };
}

/** One row for each class, indented by its distance from the root. */
function outline(root) {
  const nodes = [];
  root.eachBefore((node) => nodes.push(placed(node, node.depth * INDENT, nodes.length * ROW)));
  return {
    nodes,
    outline: true,
    width: root.height * INDENT + PITCH,
    height: nodes.length * ROW,
  };
}

const placed = (node, x, y) => ({
  class: node.data.class,
  parent: node.parent ? node.parent.data.class : -1,
  edge: node.data.edge,
  x,
  y,
});

function extent(nodes) {
  let [low, high] = [Infinity, -Infinity];
  for (const { x } of nodes) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return [low, high];
}

/** The tree hanging from `start`: {class, edge, children}. */
function rooted(model, start) {
  const root = { class: start, edge: -1, children: [] };
  const seen = new Set([start]);
  const queue = [root];
  for (const node of queue) {
    for (const { edge, to } of neighbours(model, node.class)) {
      if (seen.has(to)) continue;
      seen.add(to);
      const child = { class: to, edge, children: [] };
      node.children.push(child);
      queue.push(child);
    }
  }
  return root;
}

/** The middle of the longest path: the root from which the tree is least deep. */
function centre(model, classes) {
  const one = walk(model, classes[0]).last;
  const { last, from, distance } = walk(model, one);
  let at = last;
  for (let step = 0; step < Math.floor(distance.get(last) / 2); step++) at = from.get(at);
  const twin = distance.get(last) % 2 ? from.get(at) : at;
  // An even path has two middles: the one with more neighbours fans out better.
  return degree(model, twin) > degree(model, at) ? twin : at;
}

const degree = (model, at) => model.perceivedOf[at].length;

function walk(model, start) {
  const distance = new Map([[start, 0]]);
  const from = new Map();
  const queue = [start];
  for (const at of queue) {
    for (const { to } of neighbours(model, at)) {
      if (distance.has(to)) continue;
      distance.set(to, distance.get(at) + 1);
      from.set(to, at);
      queue.push(to);
    }
  }
  return { last: queue[queue.length - 1], from, distance };
}
