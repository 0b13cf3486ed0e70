// Draws a frame on a canvas (or on what takes the same orders, such as svg.js): lines and nodes.

import { lineColour, similarityColour } from "../palette.js";
import { quadraticAt } from "./curves.js";
import {
  arcCurve,
  badgeRoom,
  BADGES_FROM,
  COUNTS_FROM,
  edgeCurve,
  nodeRect,
  screenX,
  screenY,
  TREES_FROM,
} from "./frame.js";
import { alphaOf } from "./highlight.js";
import { drawBadges, drawNames, drawRegionNames, drawTitles } from "./words.js";
import { fontOf, Occupied } from "./labels.js";
import { thumbnail } from "./thumbnails.js";

/**
 * Draws a frame. `look` is {colours, layers, highlight}: the page's colours by name, the layers
 * that are on, and null or {classes, edges, clusters, focus} to stand out while the rest is dimmed.
 */
export function draw(ctx, frame, look) {
  ctx.globalAlpha = 1;
  ctx.fillStyle = look.colours.room;
  ctx.fillRect(0, 0, frame.width, frame.height);
  ctx.textBaseline = "middle";
  const occupied = new Occupied();
  drawRegions(ctx, frame, look);
  drawBoxes(ctx, frame, look);
  const trees = frame.zoom >= TREES_FROM;
  if (trees && look.layers.perceived) drawEdges(ctx, frame, look);
  drawArcs(ctx, frame, look);
  if (trees) drawNodes(ctx, frame, look);
  drawRegionNames(ctx, frame, look, occupied);
  drawTitles(ctx, frame, look, occupied);
  drawNames(ctx, frame, look, occupied);
  if (trees && look.layers.perceived) drawBadges(ctx, frame, look);
  drawArcCounts(ctx, frame, look);
  if (look.walker != null) drawWalker(ctx, frame, look);
}

/** A ring around the class that the keyboard is at. */
function drawWalker(ctx, frame, { walker, colours }) {
  const [x, y, w, h] = nodeRect(frame, walker);
  ctx.beginPath();
  ctx.roundRect(x - 3, y - 3, w + 6, h + 6, 6);
  ctx.strokeStyle = colours.focus;
  ctx.lineWidth = 2.5;
  ctx.stroke();
}

function drawRegions(ctx, frame, { colours }) {
  const { k } = frame.camera;
  for (const { x, y, width, height, level } of frame.layout.regions) {
    const [w, h] = [width * k, height * k];
    const [left, top] = [screenX(frame, x), screenY(frame, y)];
    if (left > frame.width || top > frame.height || left + w < 0 || top + h < 0) continue;
    ctx.beginPath();
    ctx.roundRect(left, top, w, h, Math.min(8, 60 * k));
    ctx.fillStyle = level === 1 ? colours.panel : colours.node;
    ctx.fill();
  }
}

function drawBoxes(ctx, frame, look) {
  if (frame.zoom < TREES_FROM) drawBubbles(ctx, frame, look);
  else drawFrames(ctx, frame, look);
  const focus = look.highlight?.focus;
  if (focus == null || !frame.onScreen.has(focus)) return;
  ctx.beginPath();
  boxPath(ctx, frame, frame.layout.boxes[focus]);
  ctx.strokeStyle = look.colours.focus;
  ctx.lineWidth = 2;
  ctx.stroke();
}

function boxPath(ctx, frame, { x, y, width, height }) {
  const { k } = frame.camera;
  const radius = Math.min(6, 24 * k + 1);
  ctx.roundRect(screenX(frame, x), screenY(frame, y), width * k, height * k, radius);
}

function drawFrames(ctx, frame, { colours }) {
  ctx.beginPath();
  for (const box of frame.boxes) boxPath(ctx, frame, box);
  ctx.fillStyle = colours.room;
  ctx.fill();
  ctx.strokeStyle = colours.rule;
  ctx.lineWidth = 1;
  ctx.stroke();
}

// Thousands of bubbles are drawn in this many shades, each with a single order.
const SHADES = 16;

/** From afar a cluster is a bubble, as dark as its classes are alike on the average. */
function drawBubbles(ctx, frame, { highlight }) {
  for (const shown of highlight ? [false, true] : [true]) {
    const boxes = frame.boxes.filter((box) => !highlight || highlight.clusters.has(box.cluster) === shown);
    ctx.globalAlpha = alphaOf(highlight, shown);
    for (let shade = 0; shade < SHADES; shade++) {
      ctx.beginPath();
      for (const box of boxes) {
        if (Math.round(frame.scene.likeness[box.cluster] * (SHADES - 1)) === shade) boxPath(ctx, frame, box);
      }
      ctx.fillStyle = similarityColour(0.15 + (0.5 * shade) / (SHADES - 1));
      ctx.fill();
    }
  }
  ctx.globalAlpha = 1;
}

/** How much wider than its line the mark of so many confusions is, in pixels. */
const confusionWidth = (count, most, line) =>
  count ? line * (0.7 + (2.4 * Math.log1p(count)) / Math.log1p(most)) : 0;

function drawEdges(ctx, frame, look) {
  const { model, scene, sizes } = frame;
  const drawn = frame.boxes.flatMap((box) => box.edges);
  for (const edge of drawn) {
    const curve = edgeCurve(frame, edge);
    ctx.globalAlpha = alphaOf(look.highlight, look.highlight?.edges.has(edge));
    const wider = look.layers.confused
      ? confusionWidth(scene.confusions[edge], scene.mostConfused, sizes.line)
      : 0;
    if (wider) strokeCubic(ctx, curve, look.colours.chance, sizes.line + wider);
    if (wider) strokeCubic(ctx, curve, look.colours.room, sizes.line + 1);
    const colour = lineColour(scene.shade(model.perceived.similarity[edge]));
    strokeCubic(ctx, curve, colour, sizes.line);
  }
  ctx.globalAlpha = 1;
}

function strokeCubic(ctx, [x0, y0, ax, ay, bx, by, x1, y1], colour, width) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  if (y0 === y1) ctx.lineTo(x1, y1);
  else ctx.bezierCurveTo(ax, ay, bx, by, x1, y1);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

function drawArcs(ctx, frame, look) {
  for (const arc of frame.arcs) {
    const curve = arcCurve(frame, arc);
    if (arc.kind === "semantic") strokeSemantic(ctx, curve, frame, look);
    else strokeConfusion(ctx, curve, arc, frame, look);
  }
  ctx.globalAlpha = 1;
}

function strokeSemantic(ctx, curve, { unit }, { colours, highlight }) {
  ctx.globalAlpha = highlight ? 0.95 : 0.7;
  ctx.setLineDash([5, 4]);
  strokeQuadratic(ctx, curve, colours.ink, 1.1 * unit);
  ctx.setLineDash([]);
}

function strokeConfusion(ctx, curve, arc, frame, { colours, highlight }) {
  const weight = Math.log1p(arc.count) / Math.log1p(frame.scene.mostConfused);
  const near = frame.names.size ? 1 : 0.6;
  ctx.globalAlpha = highlight ? 0.9 : near * (0.35 + 0.5 * weight);
  strokeQuadratic(ctx, curve, colours.chance, frame.unit * near * (0.75 + 2.5 * weight));
  if (arc.verdict === "unexplained") cross(ctx, quadraticAt(curve, 0.5), colours);
}

function strokeQuadratic(ctx, [x0, y0, cx, cy, x1, y1], colour, width) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.quadraticCurveTo(cx, cy, x1, y1);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

/** The mark of a confusion that neither likeness nor kinship explains. */
function cross(ctx, [x, y], { chance, room }) {
  ctx.globalAlpha = 1;
  for (const [colour, width] of [[room, 4], [chance, 1.75]]) {
    ctx.beginPath();
    ctx.moveTo(x - 3.5, y - 3.5);
    ctx.lineTo(x + 3.5, y + 3.5);
    ctx.moveTo(x - 3.5, y + 3.5);
    ctx.lineTo(x + 3.5, y - 3.5);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

// Where on an arc its count may stand, best first.
const PLACES = [0.5, 0.38, 0.62, 0.27, 0.73];
// Among many arcs only counts of at least this part of the largest one are written.
const WORTH_WRITING = 0.04;

function drawArcCounts(ctx, frame, { colours, highlight }) {
  if (!highlight && frame.zoom < COUNTS_FROM) return;
  const occupied = occupiedByNames(frame);
  const size = frame.sizes.badge + 1;
  ctx.font = fontOf(size, 650);
  ctx.textAlign = "center";
  ctx.lineWidth = 3;
  // Strongest first: they are drawn last, so the list is read from its end.
  for (const arc of [...frame.arcs].reverse()) {
    const written = highlight || arc.count >= WORTH_WRITING * frame.scene.mostConfused;
    if (arc.kind !== "confused" || !written) continue;
    const spot = countSpot(frame, arc, size, occupied);
    if (!spot) continue;
    ctx.strokeStyle = colours.room;
    ctx.strokeText(String(arc.count), ...spot);
    ctx.fillStyle = colours.chance;
    ctx.fillText(String(arc.count), ...spot);
  }
  ctx.textAlign = "left";
}

/** What pills and, before them, badges stand on. */
function occupiedByNames(frame) {
  const occupied = new Occupied();
  const before = frame.zoom >= BADGES_FROM ? Math.min(90 * frame.unit, badgeRoom(frame)) : 0;
  for (const i of frame.names.keys()) {
    const [x, y, width, height] = nodeRect(frame, i);
    occupied.take(x - before, y, width + before, height);
  }
  return occupied;
}

/** A free place on the arc for its count, or null. */
function countSpot(frame, arc, size, occupied) {
  const curve = arcCurve(frame, arc);
  const width = String(arc.count).length * size * 0.65;
  const lifted = arc.verdict === "unexplained" ? 11 : 0;
  for (const t of PLACES) {
    const [x, y] = quadraticAt(curve, t);
    const up = t === 0.5 ? lifted : 0;
    if (occupied.take(x - width / 2, y - up - size / 2, width, size)) return [x, y - up];
  }
  return null;
}

function drawNodes(ctx, frame, look) {
  for (const box of frame.boxes) {
    for (const i of box.classes) {
      const rect = nodeRect(frame, i);
      if (rect[0] > frame.width || rect[0] + rect[2] < 0) continue;
      ctx.globalAlpha = alphaOf(look.highlight, look.highlight?.classes.has(i));
      if (frame.names.has(i)) drawPill(ctx, frame, look, i, rect);
      else drawDot(ctx, rect, look.highlight?.chosen.has(i) ? look.colours.focus : look.colours.muted);
    }
  }
  ctx.globalAlpha = 1;
}

function drawDot(ctx, [x, y, size], colour) {
  ctx.beginPath();
  ctx.arc(x + size / 2, y + size / 2, size / 2, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
}

function drawPill(ctx, frame, { colours, highlight }, i, [x, y, w, h]) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, 4);
  ctx.fillStyle = highlight?.chosen.has(i) ? colours.band : colours.node;
  ctx.fill();
  if (highlight?.chosen.has(i) && highlight.focus == null) {
    ctx.strokeStyle = colours.focus;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
  const { picture } = frame.names.get(i);
  const image = picture && thumbnail(frame.model, i);
  if (image) ctx.drawImage(image, x + 1, y + (h - picture) / 2, picture, picture);
}
