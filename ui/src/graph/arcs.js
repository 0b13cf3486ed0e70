// Which confusions and semantic edges are drawn as arcs: the strongest, or the selection's own.

import { isShown } from "./frame.js";

// More arcs than these hide what lies under them; the first number is for views from afar.
const CONFUSED = [60, 160];
const SEMANTIC = 400;
const CHOSEN = 80;

/** The arcs of a frame, weakest first, so that the strongest are drawn on top. */
export function arcsOf(frame, layers, highlight) {
  const found = [];
  if (layers.semantic) found.push(...strongest(frame, frame.scene.semantic, SEMANTIC, highlight));
  const most = CONFUSED[Number(frame.names.size > 0)];
  if (layers.confused) found.push(...strongest(frame, frame.scene.arcs, most, highlight));
  return found;
}

/** The first between classes on screen; with a selection, the first of its own. */
function strongest(frame, arcs, most, highlight) {
  const found = [];
  for (const arc of arcs) {
    const wanted = highlight
      ? touches(arc, highlight.chosen)
      : isShown(frame, arc.a) && isShown(frame, arc.b);
    if (wanted) found.push(arc);
    if (found.length === (highlight ? CHOSEN : most)) break;
  }
  return found.reverse();
}

/** One class: what is at it. Several: what is among them. */
const touches = ({ a, b }, chosen) =>
  chosen.size === 1 ? chosen.has(a) || chosen.has(b) : chosen.has(a) && chosen.has(b);
