// Packs boxes into regions and regions into a page of the wanted shape, nothing overlapping.

import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import { MARGIN, PITCH } from "./trees.js";

// So many boxes are tried at a place: the order bends a little to leave fewer holes.
const TRIED = 8;
// A region that is too small grows by at least the first and at most the second factor a round.
const GROWTH = [1.02, 1.6];
const ROUNDS = 60;

/**
 * Places boxes ({width, height}) in so many columns, about in this order: each as far up, then as
 * far left, as those before leave room. Returns {height, places: [[x, y]]}.
 */
export function packBoxes(boxes, columns) {
  const skyline = new Float64Array(columns);
  const places = new Array(boxes.length);
  const waiting = boxes.map((_, i) => i);
  while (waiting.length) {
    const { at, column, y } = uppermost(skyline, boxes, waiting);
    const [i] = waiting.splice(at, 1);
    places[i] = [column * PITCH, y];
    skyline.fill(y + boxes[i].height + MARGIN, column, column + columnsOf(boxes[i]));
  }
  return { height: Math.max(0, ...skyline), places };
}

const columnsOf = (box) => Math.round((box.width + MARGIN) / PITCH);

/** Of the next boxes the first of those that come to stand furthest up. */
function uppermost(skyline, boxes, waiting) {
  let best = null;
  for (let at = 0; at < Math.min(TRIED, waiting.length); at++) {
    const spot = lowest(skyline, columnsOf(boxes[waiting[at]]));
    if (!best || spot.y < best.y) best = { at, ...spot };
  }
  return best;
}

/** The first place for so many columns where the skyline is lowest. */
function lowest(skyline, needed) {
  let best = { column: 0, y: Infinity };
  for (let column = 0; column + needed <= skyline.length; column++) {
    let y = 0;
    for (let j = column; j < column + needed; j++) y = Math.max(y, skyline[j]);
    if (y < best.y) best = { column, y };
  }
  return best;
}

/**
 * The branches' regions and the boxes' places: {width, height, regions: [{name, level, x, y,
 * width, height, header, clusters}], places: [[x, y]] by cluster}. Regions are parts of a treemap
 * of the wanted aspect (width by height); those too small for their boxes grow, round by round.
 */
export function packBranches(branches, boxes, aspect) {
  if (!branches.children) return packAlone(branches, boxes, aspect);
  const root = hierarchy(branches);
  const areas = new Map(root.leaves().map(({ data }) => [data, areaOf(data, boxes)]));
  const known = new Map();
  for (let round = 0; ; round++) {
    const width = arrange(root, areas, aspect);
    const packed = root.leaves().map((leaf) => packLeaf(leaf, boxes, width, known));
    const small = packed.filter(({ excess }) => excess > 1);
    if (!small.length || round === ROUNDS) return collect(root, packed, width);
    for (const { leaf, excess } of small) {
      const growth = Math.min(GROWTH[1], Math.max(GROWTH[0], excess));
      areas.set(leaf.data, areas.get(leaf.data) * growth);
    }
  }
}

// Widths of a page without regions, as parts of what it would be were nothing wasted.
const WIDTHS = Array.from({ length: 16 }, (_, i) => 0.7 + 0.05 * i);

/** All boxes in a single region without a name, in the width that shows them largest. */
function packAlone({ clusters }, boxes, aspect) {
  const shown = clusters.map((cluster) => boxes[cluster]);
  const widest = Math.max(1, ...shown.map(columnsOf));
  const ideal = Math.sqrt(areaOf({ clusters }, boxes) * aspect) / PITCH;
  const choices = new Set(WIDTHS.map((part) => Math.max(widest, Math.round(part * ideal))));
  let best = null;
  for (const columns of choices) {
    const packed = packBoxes(shown, columns);
    const size = Math.max(columns * PITCH, packed.height * aspect);
    if (!best || size < best.size) best = { ...packed, columns, size };
  }
  const places = new Map(clusters.map((cluster, i) => [cluster, best.places[i]]));
  const used = shown.map((box, i) => best.places[i][0] + box.width);
  return {
    width: Math.max(1, ...used),
    height: Math.max(1, best.height - MARGIN),
    places,
    regions: [],
  };
}

const areaOf = (data, boxes) =>
  data.clusters.reduce(
    (sum, cluster) => sum + (boxes[cluster].width + MARGIN) * (boxes[cluster].height + MARGIN),
    0,
  );

/** Header heights: readable when the whole page is in view. */
function headerOf(node, width) {
  if (!node.depth) return 0;
  return node.depth === 1 ? Math.max(46, width * 0.017) : Math.max(36, width * 0.012);
}

/** Lays the regions out and returns the page's width. */
function arrange(root, areas, aspect) {
  root.sum((data) => areas.get(data) ?? 0);
  const width = Math.sqrt(root.value * aspect);
  treemap()
    .tile(treemapSquarify.ratio(1.2))
    .size([width, width / aspect])
    .paddingInner((node) => (node.depth ? 0.003 : 0.006) * width)
    .paddingTop((node) => headerOf(node, width))
    .paddingLeft((node) => (node.depth ? MARGIN : 0))
    .paddingRight((node) => (node.depth ? MARGIN : 0))
    .paddingBottom((node) => (node.depth ? MARGIN : 0))(root);
  return width;
}

/** A leaf's boxes in its place, and how many times too small that is (1 or less: it fits). */
function packLeaf(leaf, boxes, width, known) {
  const [left, top] = [leaf.x0 + MARGIN, leaf.y0 + (headerOf(leaf, width) || MARGIN)];
  const inLeaf = leaf.data.clusters.map((cluster) => boxes[cluster]);
  const widest = Math.max(...inLeaf.map(columnsOf));
  const columns = Math.max(widest, Math.floor((leaf.x1 - left) / PITCH));
  const key = `${leaf.data.clusters[0]} ${columns}`;
  if (!known.has(key)) known.set(key, packBoxes(inLeaf, columns));
  const { height, places } = known.get(key);
  return {
    leaf,
    excess: Math.max((columns * PITCH) / (leaf.x1 - left), height / Math.max(1, leaf.y1 - top)),
    places: places.map(([x, y], i) => [leaf.data.clusters[i], x + left, y + top]),
  };
}

function collect(root, packed, width) {
  const places = new Map();
  for (const leaf of packed) for (const [cluster, x, y] of leaf.places) places.set(cluster, [x, y]);
  const regions = root.descendants().filter((node) => node.depth);
  return {
    width: root.x1,
    height: root.y1,
    places,
    regions: regions.map((node) => ({
      name: node.data.name,
      level: node.depth,
      x: node.x0,
      y: node.y0,
      width: node.x1 - node.x0,
      height: node.y1 - node.y0,
      header: headerOf(node, width),
      clusters: node.leaves().flatMap(({ data }) => data.clusters),
    })),
  };
}
