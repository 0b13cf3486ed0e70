// Draws the matrix: its cells, frames around clusters, and marks for what is selected.

import { token } from "../palette.js";
import { paintAxes } from "./axes.js";
import { similarityAt } from "./cells.js";
import { confusionRgb, confusionShare, inkOn, similarityRgb } from "./colours.js";
import { unitOf } from "./layout.js";
import { similarityShare } from "./picture.js";

const NUMBERED = 26;
const MOST_NUMBERED = 40;
const SMALLEST_FRAME = 4;
const INKS = ["room", "ink", "muted", "rule", "strong", "chance", "band", "bar", "panel"];

/** The whole picture. `scene` is what the matrix is, `look` which part is seen and what is marked. */
export function paint(context, scene, look) {
  const { box, transform } = look;
  const inks = Object.fromEntries(INKS.map((name) => [name, token(name)]));
  const view = { ...look, inks, unit: unitOf(box, scene.grid.n, transform) };
  context.setTransform(look.ratio, 0, 0, look.ratio, 0, 0);
  context.clearRect(0, 0, look.width, look.height);
  context.save();
  context.translate(box.left, box.top);
  context.beginPath();
  context.rect(0, 0, box.side, box.side);
  context.clip();
  paintCells(context, scene, view);
  context.translate(transform.x, transform.y);
  paintFrames(context, scene, view);
  if (scene.grid.n <= MOST_NUMBERED && view.unit >= NUMBERED) paintNumbers(context, scene, view);
  paintMarks(context, scene, view);
  context.restore();
  context.strokeStyle = inks.rule;
  context.strokeRect(box.left - 0.5, box.top - 0.5, box.side + 1, box.side + 1);
  paintAxes(context, scene, view);
}

/** The smallest picture whose cells are a dot of the screen each, so that nothing thin is lost. */
function paintCells(context, { pictures, grid }, { unit, ratio, box, transform }) {
  const cellOf = (level) => (unit * grid.n * 2 ** level) / grid.size;
  // On paper, drawn finer than the screen, smaller dots would be too faint.
  const dots = Math.min(ratio, window.devicePixelRatio || 1);
  let level = 0;
  while (level + 1 < pictures.length && cellOf(level) * dots < 1) level++;
  const cell = cellOf(level);
  context.imageSmoothingEnabled = cell * ratio < 2;
  context.imageSmoothingQuality = "high";
  // Only what is seen is handed over: a picture enlarged to 40,000 pixels is slow and inexact.
  const first = (at) => Math.max(0, Math.floor(-at / cell) - 1);
  const [x, y] = [first(transform.x), first(transform.y)];
  const cells = Math.ceil(box.side / cell) + 3;
  const wide = Math.min(pictures[level].width - x, cells);
  const high = Math.min(pictures[level].height - y, cells);
  const to = [transform.x + x * cell, transform.y + y * cell, wide * cell, high * cell];
  context.drawImage(pictures[level], x, y, wide, high, ...to);
}

function paintFrames(context, { runs, clusters, grid }, { unit, inks }) {
  context.strokeStyle = inks.ink;
  context.lineWidth = grid.n > 400 && unit < 3 ? 0.75 : 1.25;
  for (const { cluster, from, to } of runs) {
    const side = (to - from) * unit;
    if (side < SMALLEST_FRAME || to - from < 2 || clusters.is_noise[cluster]) continue;
    context.strokeRect(from * unit, from * unit, side, side);
  }
}

function paintNumbers(context, { grid, range }, { unit, type }) {
  context.font = `${Math.min(13 * type.scale, unit * 0.32)}px ${type.family}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < grid.n; i++) {
    for (let j = 0; j < grid.n; j++) {
      const { text, colour } = cellText(grid, range, i, j);
      if (!text) continue;
      context.fillStyle = inkOn(colour);
      context.fillText(text, (j + 0.5) * unit, (i + 0.5) * unit);
    }
  }
}

function cellText(grid, range, i, j) {
  if (grid.confusions && i > j) {
    const count = grid.confusions[i * grid.n + j];
    const colour = confusionRgb(confusionShare(count, grid.mostConfused));
    return { text: count ? String(count) : "", colour };
  }
  const share = similarityShare(grid.similarity[i * grid.n + j], range);
  const text =
    i === j
      ? ""
      : similarityAt(grid, i, j)
          .toFixed(2)
          .replace(/^(-?)0\./, "$1.");
  return { text, colour: similarityRgb(share) };
}

/** Bands for the selected classes; a box where the pair, or the pointed-at cell, is. */
function paintMarks(context, scene, view) {
  const { unit, inks, chosen, pointed } = view;
  const block = scene.grid.n / scene.grid.size;
  for (const at of chosen) crosshair(context, at * unit, unit, view);
  if (chosen.length === 2) {
    cellBox(context, [chosen[0], chosen[1]], unit, inks);
    cellBox(context, [chosen[1], chosen[0]], unit, inks);
  }
  if (pointed)
    cellBox(
      context,
      pointed.map((at) => at * block),
      unit * block,
      inks,
    );
}

function crosshair(context, at, unit, { inks, box, transform }) {
  const [left, top] = [-transform.x, -transform.y];
  const lines = (width, colour) => {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    // A thin class gets one line through its middle, a broad one a line on either side.
    for (const line of unit > 5 ? [at, at + unit] : [at + unit / 2]) {
      context.moveTo(line, top);
      context.lineTo(line, top + box.side);
      context.moveTo(left, line);
      context.lineTo(left + box.side, line);
    }
    context.stroke();
  };
  lines(3, inks.room);
  lines(1.25, inks.chance);
}

/** A box in two colours, so that it is seen on any cell. */
function cellBox(context, [column, line], unit, inks) {
  const size = Math.max(unit, 7);
  const shift = (size - unit) / 2;
  const square = [column * unit, line * unit].map((v) => v - shift);
  context.lineWidth = 4;
  context.strokeStyle = inks.room;
  context.strokeRect(...square, size, size);
  context.lineWidth = 2;
  context.strokeStyle = inks.ink;
  context.strokeRect(...square, size, size);
}
