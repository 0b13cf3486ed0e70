// What lies under the pointer: a class, an edge, an arc or a cluster's name.

import { boxesWithin } from "./layout.js";
import { distanceTo } from "./curves.js";
import {
  arcCurve,
  badgeRoom,
  BADGES_FROM,
  edgeCurve,
  nodeRect,
  screenX,
  screenY,
  TREES_FROM,
} from "./frame.js";
import { fontOf, widthOf } from "./labels.js";
import { TITLE } from "./trees.js";
import { titleOf } from "./words.js";

const NEAR = 6;
const NEAR_ARC = 4;

/**
 * {kind: "class", class}, {kind: "edge", edge}, {kind: "arc", arc}, {kind: "cluster", cluster} or
 * null for the place (x, y) on screen; `reach` widens everything, for fingers.
 */
export function pick(frame, layers, x, y, reach = 0) {
  const box = boxAt(frame, x, y);
  if (!box) return pickArc(frame, x, y, NEAR_ARC + reach);
  if (frame.zoom < TREES_FROM) return { kind: "cluster", cluster: box.cluster };
  return (
    pickClass(frame, box, x, y, 3 + reach) ??
    (layers.perceived ? pickEdge(frame, box, x, y, NEAR + reach) : null) ??
    pickTitle(frame, box, x, y) ??
    pickArc(frame, x, y, NEAR_ARC + reach)
  );
}

function boxAt(frame, x, y) {
  const { k } = frame.camera;
  const [wx, wy] = [(x - frame.camera.x) / k, (y - frame.camera.y) / k];
  return boxesWithin(frame.layout, { x0: wx, y0: wy, x1: wx, y1: wy })[0] ?? null;
}

/** The nearest class whose pill or dot is within reach. */
function pickClass(frame, box, x, y, reach) {
  let best = null;
  let least = Infinity;
  for (const i of box.classes) {
    const [left, top, width, height] = nodeRect(frame, i);
    const dx = Math.max(left - x, 0, x - left - width);
    const dy = Math.max(top - y, 0, y - top - height);
    const away = Math.hypot(dx, dy);
    if (away <= reach && away + Math.abs(y - top - height / 2) / 100 < least) {
      least = away + Math.abs(y - top - height / 2) / 100;
      best = { kind: "class", class: i };
    }
  }
  return best;
}

function pickEdge(frame, box, x, y, near) {
  let best = null;
  let least = near;
  for (const edge of box.edges) {
    const curve = edgeCurve(frame, edge);
    const away = onBadge(frame, curve, x, y) ? 0 : distanceTo(curve, x, y);
    if (away < least) {
      least = away;
      best = { kind: "edge", edge };
    }
  }
  return best;
}

function onBadge(frame, curve, x, y) {
  if (frame.zoom < BADGES_FROM) return false;
  const [x1, y1] = [curve[6], curve[7]];
  const half = (frame.sizes.badge + 5) / 2;
  return x < x1 && x > x1 - Math.min(60, badgeRoom(frame)) && Math.abs(y - y1) <= half;
}

function pickArc(frame, x, y, near) {
  let best = null;
  let least = near;
  for (const arc of frame.arcs) {
    const away = distanceTo(arcCurve(frame, arc), x, y);
    if (away <= least) {
      least = away;
      best = { kind: "arc", arc };
    }
  }
  return best;
}

function pickTitle(frame, box, x, y) {
  const { title } = frame.sizes;
  const strip = Math.max(1.3 * title, (TITLE - 6) * frame.camera.k);
  const left = Math.max(0, screenX(frame, box.x));
  const width = 10 + widthOf(titleOf(frame.model, box), fontOf(title, 600));
  if (y > screenY(frame, box.y) + strip || x > left + width) return null;
  if (!box.titled) return { kind: "class", class: box.classes[0] };
  return { kind: "cluster", cluster: box.cluster };
}

/** The class shown nearest to a place on screen, or null where none is. */
export function nearestClass(frame, x, y) {
  let best = null;
  let least = Infinity;
  for (const box of frame.boxes) {
    for (const i of box.classes) {
      const away = Math.hypot(
        screenX(frame, frame.layout.x[i]) - x,
        screenY(frame, frame.layout.y[i]) - y,
      );
      if (away < least) [least, best] = [away, i];
    }
  }
  return best;
}
