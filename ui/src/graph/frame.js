// One view of the graph: what is within the window at this zoom, and where it stands on screen.

import { boxesWithin } from "./layout.js";
import { fontOf, shorten, widthOf } from "./labels.js";
import { GAP, LABEL, LEAF_LABEL, ROW } from "./trees.js";

// Zooms (screen pixels for a world unit) from which more is drawn.
export const TREES_FROM = 0.1;
export const SOME_NAMES_FROM = 0.3;
export const NAMES_FROM = 0.38;
export const BADGES_FROM = 0.62;
const PICTURES_FROM = 0.7;
export const COUNTS_FROM = 0.8;
const LARGEST_PICTURE = 88;

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * Sizes on screen at a zoom, `unit` times as large where the reader or a wide window wants larger
 * letters: type stops growing where it is comfortable, so that more of it fits.
 */
function sizesAt(k, unit = 1) {
  const within = (value, low, high) => clamp(value, low * unit, high * unit);
  const name = within(ROW * k * 0.54, 9.5, 14);
  return {
    name,
    title: within(24 * k, 10, 18),
    over: 10.5 * unit,
    badge: within(name - 1.5 * unit, 9, 12),
    dot: within(10 * k, 1.6, 4.5),
    line: within(4.5 * k, 1, 2.6),
    picture: k >= PICTURES_FROM * unit ? within((ROW - 4) * k, 14, LARGEST_PICTURE) : 0,
  };
}

/** How large letters are, by the page's own: 1 for 16 pixels. */
export const unitOf = () =>
  parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;

/**
 * A frame of the picture {model, layout, scene} through a camera {k, x, y} in a window of so many
 * pixels: {boxes, visible (by class), names, sizes, ...}.
 */
export function frameOf(picture, camera, width, height, unit = 1) {
  const { k } = camera;
  const window = {
    x0: -camera.x / k,
    y0: -camera.y / k,
    x1: (width - camera.x) / k,
    y1: (height - camera.y) / k,
  };
  const boxes = boxesWithin(picture.layout, window);
  const frame = { ...picture, camera, width, height, window, boxes, unit };
  frame.sizes = sizesAt(k, unit);
  /** The zoom by which more or less is drawn. */
  frame.zoom = k / unit;
  frame.onScreen = new Set(boxes.map((box) => box.cluster));
  frame.names = frame.zoom >= NAMES_FROM ? namesOf(frame) : new Map();
  frame.arcs = [];
  return frame;
}

export const screenX = ({ camera }, x) => x * camera.k + camera.x;
export const screenY = ({ camera }, y) => y * camera.k + camera.y;

export const isShown = ({ onScreen, model }, i) => onScreen.has(model.classes.cluster[i]);

/** The pills of the classes on screen: {text, width, picture} by class, in pixels. */
function namesOf(frame) {
  const { model, sizes, camera } = frame;
  const font = fontOf(sizes.name);
  // Until badges need it, classes on which others hang may use part of the gap after them.
  const inner = frame.zoom < BADGES_FROM ? LABEL + GAP / 2 : LABEL;
  const found = new Map();
  for (const box of frame.boxes) {
    for (const i of box.classes) {
      const picture = sizes.picture && model.classes.image?.[i] ? sizes.picture : 0;
      const room = box.inner.has(i) ? inner : LEAF_LABEL;
      const text = shorten(model.classes.label[i], font, room * camera.k - picture - 12);
      const width = picture + (text ? widthOf(text, font) + 12 : picture ? 4 : 12);
      found.set(i, { text, width, picture });
    }
  }
  return found;
}

/** The rectangle of a class's pill, or of its dot where names are not shown: x, y, w, h. */
export function nodeRect(frame, i) {
  const x = screenX(frame, frame.layout.x[i]);
  const y = screenY(frame, frame.layout.y[i]);
  const pill = frame.names.get(i);
  const { dot, name } = frame.sizes;
  if (!pill) return [x - dot, y - dot, 2 * dot, 2 * dot];
  const height = Math.max(name + 6, pill.picture + 2);
  return [x, y - height / 2, pill.width, height];
}

/** A tree's edge as a cubic curve: x0, y0, two control points, x1, y1. */
export function edgeCurve(frame, edge) {
  const { layout } = frame;
  const { from, to } = layout.tree[edge];
  const [y0, y1] = [screenY(frame, layout.y[from]), screenY(frame, layout.y[to])];
  const x1 = screenX(frame, layout.x[to]);
  const dotX = screenX(frame, layout.x[from]);
  if (layout.boxes[frame.model.classes.cluster[from]].outline) {
    return [dotX + 4, y0, dotX + 4, y1, dotX + 4, y1, x1, y1];
  }
  const x0 = dotX + (frame.names.get(from)?.width ?? 0);
  const middle = x0 + (x1 - x0) * (frame.names.size ? 0.4 : 0.5);
  return [x0, y0, middle, y0, middle, y1, x1, y1];
}

/** An arc between two classes as a quadratic curve: x0, y0, control point, x1, y1. */
export function arcCurve(frame, { a, b, kind }) {
  const { layout } = frame;
  const [x0, y0] = [screenX(frame, layout.x[a]), screenY(frame, layout.y[a])];
  const [x1, y1] = [screenX(frame, layout.x[b]), screenY(frame, layout.y[b])];
  const bend = kind === "semantic" ? -0.1 : 0.16;
  return [x0, y0, (x0 + x1) / 2 + (y1 - y0) * bend, (y0 + y1) / 2 - (x1 - x0) * bend, x1, y1];
}

/** The room a badge has before the class it leads to, in pixels. */
export const badgeRoom = ({ camera }) => GAP * camera.k - 12;
