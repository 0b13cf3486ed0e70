// Where everything of the graph stands: from a model to positions, always the same ones.

import { quadtree } from "d3-quadtree";
import { branches } from "./branches.js";
import { packBranches } from "./packing.js";
import { clusterBoxes } from "./trees.js";

// Pages are as wide as a power of this times their height, so that few are ever laid out.
const ASPECT_STEP = 1.1;
const NARROWEST = 0.45;
const WIDEST = 3;
const made = new WeakMap();

/** The layout for a window of this shape; made once for each model and kind of shape. */
export function layoutFor(model, width, height) {
  const shape = Math.min(WIDEST, Math.max(NARROWEST, width / Math.max(1, height)));
  const aspect = ASPECT_STEP ** Math.round(Math.log(shape) / Math.log(ASPECT_STEP));
  if (!made.has(model)) {
    made.set(model, { drawn: clusterBoxes(model), sorted: branches(model), layouts: new Map() });
  }
  const { drawn, sorted, layouts } = made.get(model);
  if (!layouts.has(aspect)) {
    layouts.set(aspect, layOut(model, drawn, packBranches(sorted, drawn, aspect)));
  }
  return layouts.get(aspect);
}

/**
 * {width, height, regions, boxes, index, x, y, tree}: positions of classes by class, boxes by
 * cluster ({cluster, x, y, width, height, titled, outline, classes, inner, edges}, where inner are
 * the classes on which others hang), and for every perceived edge in `tree` its end nearer the
 * root (`from`) and the other one (`to`).
 */
function layOut(model, drawn, packed) {
  const x = new Float64Array(model.n);
  const y = new Float64Array(model.n);
  const tree = model.perceived.a.map((a, edge) => ({ from: a, to: model.perceived.b[edge] }));
  const boxes = drawn.map((box) => {
    const [left, top] = packed.places.get(box.cluster) ?? [0, 0];
    for (const node of box.nodes) {
      x[node.class] = left + node.x;
      y[node.class] = top + node.y;
      if (node.edge >= 0) tree[node.edge] = { from: node.parent, to: node.class };
    }
    const classes = box.nodes.map((node) => node.class);
    const inner = new Set(box.nodes.map((node) => node.parent));
    const edges = box.nodes.map((node) => node.edge).filter((edge) => edge >= 0);
    return { ...box, nodes: undefined, x: left, y: top, classes, inner, edges };
  });
  return { ...packed, boxes, x, y, tree, index: indexBoxes(boxes) };
}

/** Boxes by their middle, and the largest half sizes: what is in a window is found at once. */
function indexBoxes(boxes) {
  const shown = boxes.filter((box) => box.classes.length);
  const tree = quadtree(
    shown,
    (box) => box.x + box.width / 2,
    (box) => box.y + box.height / 2,
  );
  const reach = shown.reduce(
    ([w, h], box) => [Math.max(w, box.width / 2), Math.max(h, box.height / 2)],
    [0, 0],
  );
  return { tree, reach };
}

/** The boxes that meet a rectangle of the world. */
export function boxesWithin({ index }, { x0, y0, x1, y1 }) {
  const [w, h] = index.reach;
  const found = [];
  index.tree.visit((node, left, top, right, bottom) => {
    for (let at = node.length ? null : node; at; at = at.next) {
      const box = at.data;
      const apart =
        box.x > x1 || box.x + box.width < x0 || box.y > y1 || box.y + box.height < y0;
      if (!apart) found.push(box);
    }
    return left > x1 + w || right < x0 - w || top > y1 + h || bottom < y0 - h;
  });
  return found;
}
