// All that is written on the graph: regions, clusters, classes, and what edges mean.

import { clusterName, conceptWord } from "../data.js";
import { fixed } from "../format.js";
import { lineColour } from "../palette.js";
import {
  badgeRoom,
  BADGES_FROM,
  clamp,
  edgeCurve,
  NAMES_FROM,
  nodeRect,
  screenX,
  screenY,
  SOME_NAMES_FROM,
  TREES_FROM,
} from "./frame.js";
import { directionOf, fontOf, shorten, widthOf } from "./labels.js";
import { alphaOf } from "./highlight.js";

/** Text with its left end at x, whichever way it reads, on a halo where one is given. */
function write(ctx, text, x, y, colour, halo) {
  ctx.direction = directionOf(text);
  if (halo) {
    ctx.lineJoin = "round";
    ctx.lineWidth = 3;
    ctx.strokeStyle = halo;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
  ctx.direction = "ltr";
}

/** The branches' names, in the strip above what is of them. */
export function drawRegionNames(ctx, frame, { colours }, occupied) {
  const { k } = frame.camera;
  for (const region of frame.layout.regions) {
    const largest = region.level === 1 ? 20 : 16;
    const size = clamp(region.header * k * 0.62, 10 * frame.unit, largest * frame.unit);
    const left = Math.max(4, screenX(frame, region.x) + 7);
    const right = Math.min(frame.width, screenX(frame, region.x + region.width)) - 6;
    const y = screenY(frame, region.y) + (region.header * k) / 2;
    if (y < 0 || y > frame.height) continue;
    const font = fontOf(size, 650);
    const text = shorten(region.name, font, right - left);
    if (!text) continue;
    const width = widthOf(text, font);
    if (!occupied.take(left, y - size / 2, width, size)) continue;
    ctx.font = font;
    write(ctx, text, left, y, region.level === 1 ? colours.ink : colours.muted);
    region.level === 1 && writeCount(ctx, region, left + width + 8, y, right, size, colours);
  }
}

function writeCount(ctx, region, x, y, right, size, colours) {
  const font = fontOf(clamp(size - 3, 10, 15));
  const text = `${region.clusters.length} clusters`;
  if (widthOf(text, font) > right - x) return;
  ctx.font = font;
  write(ctx, text, x, y, colours.muted);
}

/** Clusters' names: within their boxes, or over small ones where there is room; large first. */
export function drawTitles(ctx, frame, look, occupied) {
  const written = new Map();
  for (const cluster of frame.scene.bySize) {
    if (!frame.onScreen.has(cluster)) continue;
    const box = frame.layout.boxes[cluster];
    const inside = frame.zoom >= TREES_FROM;
    if (inside && !box.titled && frame.zoom >= NAMES_FROM) continue;
    const alpha = alphaOf(look.highlight, look.highlight?.clusters.has(box.cluster));
    ctx.globalAlpha = alpha;
    if (inside) titleInside(ctx, frame, look, box, occupied);
    else titleOver(ctx, frame, look, box, occupied, written);
  }
  ctx.globalAlpha = 1;
}

export function titleOf(model, box) {
  return box.titled ? clusterName(model, box.cluster) : model.classes.label[box.classes[0]];
}

function titleInside(ctx, frame, { colours }, box, occupied) {
  const { camera, sizes, model } = frame;
  const font = fontOf(sizes.title, box.titled ? 600 : 400);
  const left = Math.max(2, screenX(frame, box.x)) + 5;
  const right = screenX(frame, box.x + box.width) - 3;
  const text = shorten(titleOf(model, box), font, right - left);
  if (!text) return;
  const y = screenY(frame, box.y) + Math.max(sizes.title * 0.62 + 1, 18 * camera.k);
  const width = widthOf(text, font);
  occupied.take(left, y - sizes.title / 2, width, sizes.title);
  ctx.font = font;
  write(ctx, text, left, y, colours.ink, colours.room);
  if (!box.titled || frame.zoom >= NAMES_FROM) return;
  writeExample(ctx, frame, box, left + width + 5, right, y, colours);
}

/** Many clusters share a name; until classes have theirs, the middle one tells them apart. */
function writeExample(ctx, frame, box, left, right, y, colours) {
  const font = fontOf(frame.sizes.title - frame.unit);
  const text = shorten(frame.model.classes.label[box.classes[0]], font, right - left);
  if (!text) return;
  ctx.font = font;
  write(ctx, text, left, y, colours.muted, colours.room);
}

// From afar the same name again this near says nothing new.
const APART = 130;

function titleOver(ctx, frame, { colours }, box, occupied, written) {
  const size = frame.sizes.over;
  const font = fontOf(size, 600);
  const room = Math.max(9 * size, box.width * frame.camera.k * 1.5);
  const text = shorten(titleOf(frame.model, box), font, room);
  if (!text) return;
  const width = widthOf(text, font);
  const middle = screenX(frame, box.x + box.width / 2);
  const x = clamp(middle - width / 2, 3, frame.width - width - 3);
  const y = screenY(frame, box.y + box.height / 2);
  const before = written.get(text) ?? [];
  if (before.some(([left, top]) => Math.hypot(left - x, top - y) < APART * frame.unit)) return;
  if (!occupied.take(x - 6, y - 0.8 * size, width + 12, 1.6 * size)) return;
  written.set(text, [...before, [x, y]]);
  ctx.font = font;
  write(ctx, text, x, y, colours.ink, colours.room);
}

/** Classes' names: all of them in their pills, or from farther away those with room. */
export function drawNames(ctx, frame, look, occupied) {
  ctx.font = fontOf(frame.sizes.name);
  if (frame.names.size) drawPillNames(ctx, frame, look);
  else if (frame.zoom >= SOME_NAMES_FROM || look.highlight) drawSomeNames(ctx, frame, look, occupied);
  ctx.globalAlpha = 1;
}

function drawPillNames(ctx, frame, { colours, highlight }) {
  for (const [i, pill] of frame.names) {
    const [x, y, w, h] = nodeRect(frame, i);
    if (!pill.text || x > frame.width || x + w < 0 || y > frame.height || y + h < 0) continue;
    ctx.globalAlpha = alphaOf(highlight, highlight?.classes.has(i));
    write(ctx, pill.text, x + 6 + pill.picture, y + h / 2 + 0.5, colours.ink);
  }
}

/** The best connected classes first; while something is chosen, only what belongs to it. */
function drawSomeNames(ctx, frame, { colours, highlight }, occupied) {
  const { model, sizes, camera } = frame;
  const font = fontOf(sizes.name);
  const classes = frame.boxes.filter((box) => box.titled).flatMap((box) => box.classes);
  const wanted = classes
    .filter((i) => (highlight ? highlight.classes.has(i) : frame.zoom >= SOME_NAMES_FROM))
    .sort((a, b) => model.perceivedOf[b].length - model.perceivedOf[a].length || a - b);
  for (const i of wanted.slice(0, 600)) {
    const x = screenX(frame, frame.layout.x[i]) + sizes.dot + 3;
    const y = screenY(frame, frame.layout.y[i]);
    const room = highlight ? 150 * frame.unit : 150 * camera.k;
    const text = shorten(model.classes.label[i], font, room);
    const width = text && widthOf(text, font);
    if (!text || !occupied.take(x, y - 5, width, 10)) continue;
    write(ctx, text, x, y, colours.ink, colours.room);
  }
}

/** What each edge means, before the class it leads to: depth, the common concept, similarity. */
export function drawBadges(ctx, frame, look) {
  const { model, scene, sizes } = frame;
  if (frame.zoom < BADGES_FROM) return;
  const room = badgeRoom(frame);
  const height = sizes.badge + 5;
  for (const box of frame.boxes) {
    if (box.outline) continue;
    for (const edge of box.edges) {
      const [, , , , , , x1, y1] = edgeCurve(frame, edge);
      if (x1 < 0 || x1 - room > frame.width || y1 < -height || y1 > frame.height + height) continue;
      ctx.globalAlpha = alphaOf(look.highlight, look.highlight?.edges.has(edge));
      const parts = badgeParts(model, scene, look, edge, room, sizes.badge);
      const width = parts.reduce((sum, part) => sum + part.width + 5, 7);
      const left = x1 - 5 - width;
      ctx.beginPath();
      ctx.roundRect(left, y1 - height / 2, width, height, height / 2);
      ctx.fillStyle = look.colours.room;
      ctx.fill();
      ctx.strokeStyle = lineColour(scene.shade(model.perceived.similarity[edge]));
      ctx.lineWidth = 1.25;
      ctx.stroke();
      writeParts(ctx, parts, left + 6, y1 + 0.5);
    }
  }
  ctx.globalAlpha = 1;
}

/** The parts that fit: what matters most comes first, words give way to the numbers. */
function badgeParts(model, scene, { colours, layers }, edge, room, size) {
  const { depth, subsumer, similarity } = model.perceived;
  const bold = fontOf(size, 700);
  const plain = fontOf(size);
  const part = (text, font, colour) => ({ text, font, colour, width: widthOf(text, font) });
  const parts = [];
  if (depth[edge] != null) parts.push(part(String(depth[edge]), bold, colours.ink));
  const likeness = part(fixed(similarity[edge]).replace(/^0/, ""), plain, colours.ink);
  const confused = layers.confused && scene.confusions[edge];
  const errors = confused ? [part(`${confused}×`, bold, colours.chance)] : [];
  const used = parts.reduce((sum, { width }) => sum + width + 5, 10);
  let left = room - used;
  const numbers = left > 110 || !parts.length ? [likeness, ...errors] : [];
  left -= numbers.reduce((sum, { width }) => sum + width + 5, 0);
  const word = wordOf(model, subsumer[edge]);
  const fitting = word ? shorten(word, plain, left - 5) : "";
  if (fitting) parts.push(part(fitting, plain, colours.muted));
  return [...parts, ...numbers];
}

const wordOf = (model, concept) =>
  concept == null || !model.hierarchy ? "" : conceptWord(model.hierarchy.name[concept]);

function writeParts(ctx, parts, x, y) {
  for (const { text, font, colour, width } of parts) {
    ctx.font = font;
    write(ctx, text, x, y, colour);
    x += width + 5;
  }
}
