// Ties a canvas to the page: its size, the printer, the colours, the layers and the selection.

import { token } from "../palette.js";
import { layers, selection } from "../state.js";
import { theme } from "../theme.js";
import { highlightOf } from "./highlight.js";
import { Stage } from "./stage.js";
import { arrived } from "./thumbnails.js";

const COLOURS = ["room", "panel", "ink", "muted", "rule", "node", "strong", "band", "chance", "focus"];

/** Starts a stage on the canvas within `host`; returns what ends it. */
export function mount(parts, shown, host, canvas) {
  const stage = new Stage(shown, host, canvas, () => (parts.hovered.value = null));
  parts.stage = stage;
  redraw(parts, shown);
  const unfollow = followSize(stage, host, parts);
  const unprint = followPrinter(stage, parts, shown);
  // Once more with the card in its place.
  requestAnimationFrame(() => stage.show(selection.peek(), { jump: true }));
  return () => {
    unfollow();
    unprint();
    stage.remove();
    parts.stage = null;
  };
}

function followSize(stage, host, parts) {
  const resize = () => {
    // Paper has another width; the picture is scaled to it, not drawn anew and blurred.
    if (parts.printing) return;
    const other = stage.resize(host.clientWidth, host.clientHeight);
    if (other) stage.show(selection.peek(), { jump: true });
    // At once: an emptied canvas must not be seen.
    stage.drawNow();
  };
  resize();
  const observer = new ResizeObserver(resize);
  observer.observe(host);
  return () => observer.disconnect();
}

function followPrinter(stage, parts, shown) {
  const sharpen = () => {
    parts.printing = true;
    redraw(parts, shown);
    stage.drawSharp();
  };
  const soften = () => {
    parts.printing = false;
    redraw(parts, shown);
  };
  window.addEventListener("beforeprint", sharpen);
  window.addEventListener("afterprint", soften);
  return () => {
    window.removeEventListener("beforeprint", sharpen);
    window.removeEventListener("afterprint", soften);
  };
}

/** Draws again whenever anything that is drawn has changed. */
export function redraw(parts, shown) {
  void theme.value;
  void arrived.value;
  const look = {
    colours: Object.fromEntries(COLOURS.map((name) => [name, token(name)])),
    layers: layers.value,
    highlight: highlightOf(shown, selection.value, layers.value),
    walker: parts.walker.value,
  };
  if (!parts.stage) return;
  parts.stage.look = look;
  parts.stage.request();
}

/** A selection made elsewhere is flown to; one made here is in sight already. */
export function followSelection(parts) {
  const chosen = selection.value;
  // In the next frame: by then the card for it stands where it will.
  if (chosen && !parts.own) requestAnimationFrame(() => parts.stage?.show(chosen));
  if (!parts.own) parts.walker.value = null;
  parts.own = false;
}
