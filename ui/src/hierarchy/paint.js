// Draws an icicle's blocks, their names, and what is selected and pointed at.

import { inkOn } from "../matrix/colours.js";
import { fitText } from "../matrix/layout.js";
import { blockColour } from "./blocks.js";

const THINNEST = 0.75;
const LINE = 13;
const GAP = 1;

export function paintIcicle(context, scene) {
  const { ratio, width, height, chosen, pointed } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `${12 * scene.type.scale}px ${scene.type.family}`;
  context.textBaseline = "middle";
  // A list instead of recursion; what lies outside or is too thin is not entered.
  const open = [scene.nodes];
  while (open.length) {
    const node = open.pop();
    const box = boxOf(node, scene);
    if (box.bottom < 0 || box.top > height || box.left >= width) continue;
    const tiny = box.bottom - box.top < THINNEST;
    if (box.right > box.left)
      paintBlock(context, node, tiny ? { ...box, right: width } : box, scene);
    if (!tiny) open.push(...(node.children ?? []));
  }
  for (const leaf of chosen) paintWay(context, leaf, scene);
  if (pointed) outline(context, boxOf(pointed, scene), scene.inks.ink, scene);
}

/** Where a block stands; a class reaches to the right edge. */
function boxOf(node, { window, width, height }) {
  const { from, to, edges } = window;
  const at = (x) => ((x - from) / (to - from)) * height;
  const right = node.children ? edges[node.depth + 1] : width;
  return { left: edges[node.depth], right, top: at(node.x0), bottom: at(node.x1) };
}

function paintBlock(context, node, box, scene) {
  const high = box.bottom - box.top;
  const gap = high > 4 ? GAP : 0;
  const rgb = blockColour(node, scene.colouring);
  context.fillStyle = rgb ? `rgb(${rgb.join(" ")})` : scene.inks.node;
  const last = box.right >= scene.width;
  context.fillRect(
    box.left,
    box.top,
    box.right - box.left - (last ? 0 : GAP),
    Math.max(high - gap, 0.5),
  );
  if (high < LINE * scene.type.scale - 1) return;
  context.fillStyle = rgb ? inkOn(rgb) : scene.inks.ink;
  writeName(context, node, box, scene);
}

/** Along the block where it is wide, upwards where it is thin; kept in sight while it is zoomed. */
function writeName(context, node, box, { height, type }) {
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, height)];
  const wide = box.right - box.left;
  const middle = (top + bottom) / 2;
  const { short, name } = node.data;
  if (wide >= 48 * type.scale) {
    const more = node.children ? ` ${node.value}` : "";
    const room = wide - 12 - context.measureText(more).width;
    const fitted = room > 12 ? fitText(context, short ?? name, room) : "";
    context.textAlign = "left";
    context.fillText(fitted, box.left + 6, middle);
    const end = box.left + 6 + context.measureText(fitted).width;
    context.fillText(more, end + 2, middle);
  } else if (wide >= LINE * type.scale && bottom - top > 30) {
    context.save();
    context.translate((box.left + box.right) / 2, middle);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(fitText(context, short ?? name, bottom - top - 8), 0, 0);
    context.restore();
  }
}

/** A selected class: its own block framed and marked at the edge, the groups above it framed. */
function paintWay(context, leaf, scene) {
  for (const node of leaf.ancestors().reverse()) {
    outline(context, boxOf(node, scene), scene.inks.chance, scene);
  }
  const { top, bottom } = boxOf(leaf, scene);
  const middle = (top + bottom) / 2;
  context.fillStyle = scene.inks.chance;
  context.strokeStyle = scene.inks.room;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(scene.width - 11, middle);
  context.lineTo(scene.width, middle - 7);
  context.lineTo(scene.width, middle + 7);
  context.closePath();
  context.stroke();
  context.fill();
}

function outline(context, { left, right, top, bottom }, colour, { inks, width }) {
  if (right <= left || left >= width) return;
  const shape = [left + 1, top + 0.5, right - left - 3, Math.max(bottom - top - 2, 2)];
  for (const [line, ink] of [
    [4, inks.room],
    [2, colour],
  ]) {
    context.lineWidth = line;
    context.strokeStyle = ink;
    context.strokeRect(...shape);
  }
}
