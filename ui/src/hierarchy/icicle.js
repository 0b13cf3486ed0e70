// The icicle on its canvas: blocks, zoom into one, pointing by mouse, finger and keys.

import { interpolateNumber } from "d3-interpolate";
import { type } from "../matrix/type.js";
import { token } from "../palette.js";
import { columnEdges } from "./columns.js";
import { paintIcicle } from "./paint.js";

const FLIGHT = 500;
const PRINTED_RATIO = 3;
// Classes that can be read one below the other without zooming further.
const LINE = 13;

/** Draws a laid-out tree; `onPoint(node | null)`, `onZoom(node)` and `onPick(leaf)` tell the page. */
export class Icicle {
  constructor(canvas, nodes, tell) {
    Object.assign(this, { canvas, nodes, tell, focus: nodes, chosen: [], pointed: null });
    this.abort = new AbortController();
    const on = (target, type, listener) =>
      target.addEventListener(type, listener, { signal: this.abort.signal });
    on(canvas, "pointermove", (event) => this.point(this.nodeUnder(event)));
    on(canvas, "pointerleave", () => this.point(null));
    on(canvas, "click", (event) => this.pick(this.nodeUnder(event)));
    on(canvas, "keydown", (event) => this.onKey(event));
    on(window, "beforeprint", () => this.drawNow(PRINTED_RATIO));
    on(window, "afterprint", () => this.draw());
  }

  dispose() {
    this.abort.abort();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.flight);
  }

  resize(width, height) {
    if (!width || !height) return;
    Object.assign(this, { width, height, type: type() });
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.window = this.windowOf(this.focus);
    this.drawNow();
  }

  /** What is in sight when a block fills the height. */
  windowOf(node) {
    const edges = columnEdges(node, this.width, this.nodes.height, this.type.scale);
    return { from: node.x0, to: node.x1, edges };
  }

  colour(colouring) {
    this.colouring = colouring;
    this.draw();
  }

  mark(leaves, follow) {
    this.chosen = leaves;
    if (follow && leaves.length && this.width) this.zoomTo(this.readableAncestor(leaves));
    this.draw();
  }

  /** The greatest block above all of these leaves in which they are in sight and can be read. */
  readableAncestor(leaves) {
    const inAll = (node) => leaves.every((leaf) => leaf.x0 >= node.x0 && leaf.x1 <= node.x1);
    const room = Math.floor(this.height / (LINE * this.type.scale));
    const readable = (node) => {
      const { edges } = this.windowOf(node);
      return node.value <= room && leaves.every((leaf) => edges[leaf.depth] < this.width);
    };
    const way = leaves[0].ancestors().slice(1).filter(inAll);
    return way.findLast(readable) ?? way[0] ?? leaves[0];
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow(ratio = window.devicePixelRatio || 1) {
    if (!this.window) return;
    const [wide, high] = [this.width, this.height].map((side) => Math.round(side * ratio));
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== high) this.canvas.height = high;
    const inks = Object.fromEntries(
      ["room", "ink", "node", "muted", "chance", "strong"].map((name) => [name, token(name)]),
    );
    paintIcicle(this.canvas.getContext("2d"), { ...this, inks, ratio });
  }

  zoomTo(node) {
    const goal = node.children ? node : (node.parent ?? node);
    if (goal === this.focus) return;
    this.focus = goal;
    this.tell.onZoom(goal);
    this.fly(this.windowOf(goal));
  }

  fly(goal) {
    cancelAnimationFrame(this.flight);
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.window = goal;
      return this.draw();
    }
    const [start, began] = [this.window, performance.now()];
    const step = (now) => {
      const t = Math.min(1, (now - began) / FLIGHT);
      this.window = t < 1 ? between(start, goal, 1 - (1 - t) ** 3) : goal;
      this.drawNow();
      if (t < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }

  nodeUnder(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const { from, to, edges } = this.window;
    const along = from + ((event.clientY - top) / this.height) * (to - from);
    const depth = edges.findLastIndex((edge) => edge <= event.clientX - left);
    let node = this.focus;
    while (node.depth < depth && node.children) {
      const below = node.children.find((child) => along >= child.x0 && along < child.x1);
      if (!below) break;
      node = below;
    }
    return along < node.x0 || along >= node.x1 ? null : node;
  }

  point(node) {
    if (node === this.pointed) return;
    this.pointed = node;
    this.tell.onPoint(node);
    this.draw();
  }

  /** A class is selected; a group comes to the front, and the one in front goes back. */
  pick(node) {
    if (!node) return;
    if (!node.children) this.tell.onPick(node);
    else this.zoomTo(node === this.focus ? (node.parent ?? node) : node);
  }

  onKey(event) {
    const at = this.pointed ?? this.chosen[0] ?? this.focus;
    const goes = {
      ArrowUp: () => sibling(at, -1),
      ArrowDown: () => sibling(at, 1),
      ArrowRight: () => at.children?.[0],
      ArrowLeft: () => at.parent,
    };
    if (goes[event.key]) this.walk(goes[event.key]() ?? at);
    else if (event.key === "Enter" || event.key === " ") this.pick(at);
    else if (event.key === "Backspace") this.zoomTo(this.focus.parent ?? this.focus);
    else return;
    event.preventDefault();
  }

  /** Point at a block by key; what is not in sight is brought there. */
  walk(node) {
    const deepest = this.window.edges.findIndex((edge) => edge >= this.width) - 1;
    const within = node.x0 >= this.focus.x0 && node.x1 <= this.focus.x1;
    if (!within || node.depth < this.focus.depth || node.depth > deepest) {
      this.zoomTo(node.depth < this.focus.depth ? node : node.parent);
    }
    this.point(node);
  }
}

function between(start, goal, t) {
  const along = (a, b) => interpolateNumber(a, b)(t);
  return {
    from: along(start.from, goal.from),
    to: along(start.to, goal.to),
    edges: goal.edges.map((edge, depth) => along(start.edges[depth], edge)),
  };
}

function sibling(node, step) {
  const siblings = node.parent?.children ?? [node];
  return siblings[siblings.indexOf(node) + step];
}
