// Lays a tree of blocks out as an icicle and sums up what the classes below each block say.

import { hierarchy, partition } from "d3-hierarchy";
import { confusionRgb, similarityRgb } from "../matrix/colours.js";

/**
 * The tree as d3 nodes: `x0`, `x1` from 0 to 1 along the classes, `value` classes below, and the
 * means below of local depth (`local`) and of mistakes (`mistaken`), null where nothing is known.
 */
export function layOut(root, model) {
  const nodes = hierarchy(root, (block) => block.children)
    .sum((block) => (block.one == null ? 0 : 1))
    .sort((a, b) => b.value - a.value || (a.data.name < b.data.name ? -1 : 1));
  partition()(nodes);
  nodes.eachAfter((node) => summarise(node, model.classes));
  return nodes;
}

function summarise(node, classes) {
  const parts = node.children ?? [leafSums(node.data.one, classes)];
  const sums = { depth: 0, known: 0, mistakes: 0, seen: 0 };
  for (const part of parts) for (const key in sums) sums[key] += (part.sums ?? part)[key];
  node.sums = sums;
  node.local = sums.known ? sums.depth / sums.known : null;
  node.mistaken = sums.seen ? sums.mistakes / sums.seen : null;
}

function leafSums(one, { local_depth, accuracy, seen }) {
  const depth = local_depth?.[one];
  const right = accuracy?.[one];
  const weight = right == null ? 0 : (seen?.[one] ?? 1);
  return {
    depth: depth ?? 0,
    known: depth == null ? 0 : 1,
    mistakes: weight * (1 - (right ?? 0)),
    seen: weight,
  };
}

/** Where each class stands: its leaf, by class number. */
export function leavesByClass(nodes, n) {
  const found = Array(n).fill(null);
  for (const leaf of nodes.leaves()) found[leaf.data.one] = leaf;
  return found;
}

/** The ways to colour blocks that a model's data allow. */
export function colourings({ classes }) {
  const found = [];
  if (classes.local_depth?.some((depth) => depth != null)) {
    const ends = quantiles(classes.local_depth, 0.02, 0.98);
    found.push({ key: "local", name: "Local depth", ends, scale: similarityRgb });
  }
  if (classes.accuracy?.some((share) => share != null)) {
    const mistaken = classes.accuracy.map((share) => (share == null ? null : 1 - share));
    const ends = [0, Math.max(0.01, quantiles(mistaken, 0, 0.98)[1])];
    found.push({ key: "mistaken", name: "Errors", ends, scale: confusionRgb });
  }
  return found;
}

function quantiles(values, ...shares) {
  const known = values.filter((value) => value != null).sort((a, b) => a - b);
  return shares.map((share) => known[Math.round(share * (known.length - 1))]);
}

/** A block's colour as [red, green, blue]; null where its classes say nothing. */
export function blockColour(node, colouring) {
  const value = colouring && node[colouring.key];
  if (value == null) return null;
  const [low, high] = colouring.ends;
  return colouring.scale(high > low ? (value - low) / (high - low) : 0.5);
}
