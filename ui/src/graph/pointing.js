// The graph by pointer: what is hovered over is told, what is clicked is selected.

import {
  clearSelection,
  model,
  selectClass,
  selectCluster,
  selection,
  selectPair,
} from "../state.js";

function placeOf(event) {
  const { left, top } = event.currentTarget.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

export function hover(parts, event) {
  if (event.pointerType === "touch" || event.buttons || !parts.stage) return;
  const [x, y] = placeOf(event);
  const hit = parts.stage.pickAt(x, y);
  event.currentTarget.classList.toggle("graph-pointing", Boolean(hit));
  parts.hovered.value = hit && { hit, x, y };
}

export function click(parts, event) {
  const [x, y] = placeOf(event);
  const hit = parts.stage.pickAt(x, y, event.pointerType === "touch" ? 8 : 0);
  parts.walker.value = null;
  if (!hit) clearSelection();
  else choose(parts, hit);
}

function choose(parts, hit) {
  // From afar a cluster is opened: then the picture does move.
  parts.own = !(hit.kind === "cluster" && parts.stage.farAway);
  const before = selection.peek();
  if (hit.kind === "class") selectClass(hit.class);
  else if (hit.kind === "cluster") selectCluster(hit.cluster);
  else {
    const { a, b } = hit.kind === "arc" ? hit.arc : ends(hit.edge);
    selectPair(a, b);
  }
  if (selection.peek() === before) parts.own = false;
}

function ends(edge) {
  const { a, b } = model.value.perceived;
  return { a: a[edge], b: b[edge] };
}
