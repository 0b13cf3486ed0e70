// Writes the matrix's axes: strips that mark the clusters, and the names that fit beside them.

import { clusterName } from "../data.js";
import { fitText, placeNames } from "./layout.js";

const STRIP = 7;
const NAME = 13;
// Weightier than any cluster.
const CHOSEN = 1e9;

/** Both axes: class names where a class is high enough for one, otherwise cluster names. */
export function paintAxes(context, scene, view) {
  const { box, transform, unit, inks } = view;
  const { scale, family } = view.type;
  context.font = `${12 * scale}px ${family}`;
  context.textBaseline = "middle";
  for (const axis of ["left", "top"]) {
    const offset = axis === "left" ? transform.y : transform.x;
    context.save();
    context.translate(box.left, box.top);
    // The top axis is the left one turned: written upwards, outwards from the square.
    if (axis === "top") context.transform(0, 1, 1, 0, 0, 0);
    paintStrip(context, scene, view, offset);
    context.restore();
    const marks =
      unit >= NAME * scale
        ? classMarks(scene, view, offset)
        : [...clusterMarks(scene, view, offset), ...chosenMarks(scene, view, offset)];
    for (const mark of placeNames(marks, 0, box.side, NAME * scale)) {
      context.fillStyle = mark.strong ? inks.chance : inks.ink;
      writeName(context, mark, axis, box);
    }
  }
}

/** Clusters in turn light and dark along the axis; noise is left out. */
function paintStrip(context, { runs, clusters }, { unit, inks, box }, offset) {
  runs.forEach(({ cluster, from, to }, k) => {
    const [start, end] = [from, to].map((at) =>
      Math.min(box.side, Math.max(0, at * unit + offset)),
    );
    if (end <= start || clusters.is_noise[cluster]) return;
    context.fillStyle = k % 2 ? inks.bar : inks.rule;
    context.fillRect(-STRIP - 2, start, STRIP, end - start);
  });
}

function clusterMarks({ runs, model, clusters }, { unit, box, chosenClusters }, offset) {
  const marks = [];
  for (const { cluster, from, to } of runs) {
    if (clusters.is_noise[cluster]) continue;
    const [start, end] = [from, to].map((at) =>
      Math.min(box.side, Math.max(0, at * unit + offset)),
    );
    const strong = chosenClusters.has(cluster);
    // Many clusters meet only in "artifact" or "object": names that say more come first.
    const weight = (to - from) * (clusters.depth[cluster] ?? 1) ** 2 * (strong ? CHOSEN : 1);
    const text = clusterName(model, cluster);
    if (end > start) marks.push({ at: (start + end) / 2, weight, strong, text });
  }
  return marks;
}

function classMarks({ grid, model }, { unit, box, chosen }, offset) {
  const marks = [];
  const first = Math.max(0, Math.floor(-offset / unit));
  const last = Math.min(grid.n - 1, Math.ceil((box.side - offset) / unit));
  for (let at = first; at <= last; at++) {
    const strong = chosen.includes(at);
    const text = model.classes.label[grid.order[at]];
    marks.push({ at: (at + 0.5) * unit + offset, weight: strong ? 2 : 1, strong, text });
  }
  return marks;
}

/** The selected classes have their names however small they are. */
const chosenMarks = ({ grid, model }, { unit, chosen }, offset) =>
  chosen.map((at) => ({
    at: (at + 0.5) * unit + offset,
    weight: CHOSEN ** 2,
    strong: true,
    text: model.classes.label[grid.order[at]],
  }));

function writeName(context, { at, text, strong }, axis, box) {
  const room = (axis === "left" ? box.left : box.top) - STRIP - 8;
  context.save();
  if (strong) context.font = `600 ${context.font}`;
  if (axis === "left") {
    context.translate(box.left - STRIP - 5, box.top + at);
    context.textAlign = "right";
  } else {
    context.translate(box.left + at, box.top - STRIP - 5);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
  }
  context.fillText(fitText(context, text, room), 0, 0);
  context.restore();
}
