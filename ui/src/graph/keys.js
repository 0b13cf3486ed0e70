// The graph by keyboard: walk, select, zoom, move, show all.

import { model, selectClass, selection } from "../state.js";
import { nearestClass } from "./picking.js";
import { directionOfKey, isArrow, step } from "./walking.js";

const MOVE = 90;
const ZOOM = 1.5;

export function handleKey(event, parts) {
  const { stage } = parts;
  if (!stage || event.ctrlKey || event.metaKey || event.altKey) return;
  if (act(event, parts, stage)) event.preventDefault();
}

/** Does what the key asks for; true if it asked for something. */
function act({ key, shiftKey }, parts, { camera }) {
  if (isArrow(key) && shiftKey) {
    const [dx, dy] = directionOfKey(key);
    camera.panBy(-dx * MOVE, -dy * MOVE);
  } else if (isArrow(key)) walk(parts, key);
  else if (key === "+" || key === "=") camera.zoomBy(ZOOM);
  else if (key === "-" || key === "_") camera.zoomBy(1 / ZOOM);
  else if (key === "0" || key === "Home") camera.fly(camera.whole());
  else if (key === "Enter" || key === " ") return enter(parts);
  // With a selection, Escape is the page's: it clears that.
  else if (key === "Escape" && parts.walker.value != null && !selection.value) {
    parts.walker.value = null;
  } else return false;
  return true;
}

function walk(parts, key) {
  const from = parts.walker.value;
  const to = from == null ? start(parts.stage) : step(model.value, parts.stage.layout, from, key);
  if (to == null) return;
  parts.walker.value = to;
  parts.stage.reveal(to);
}

/** Where a walk begins: at what is selected, else at the class in the middle of the window. */
function start(stage) {
  const chosen = selection.value;
  if (chosen?.kind === "class") return chosen.class;
  if (chosen?.kind === "pair") return chosen.a;
  if (chosen?.kind === "cluster") return stage.layout.boxes[chosen.cluster].classes[0];
  const { frame } = stage;
  return nearestClass(frame, frame.width / 2, frame.height / 2);
}

function enter(parts) {
  if (parts.walker.value == null) return false;
  parts.own = selection.value?.class !== parts.walker.value;
  selectClass(parts.walker.value);
  return true;
}
