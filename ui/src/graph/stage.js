// The canvas at work: draws when something has changed, follows size, pointer, selection, printer.

import { arcsOf } from "./arcs.js";
import { Camera } from "./camera.js";
import { draw } from "./draw.js";
import { frameOf, NAMES_FROM, screenX, screenY, unitOf } from "./frame.js";
import { layoutFor } from "./layout.js";
import { nearestClass, pick } from "./picking.js";
import { sceneOf } from "./scene.js";
import { ROW } from "./trees.js";

// Where the reader was, so that another view's tab and back again changes nothing.
const places = new WeakMap();
const READABLE = 0.95;
const PRINTED = 3;
const LARGEST_SIDE = 8192;
// What of the page's head stays on a narrow screen, about.
const STICKY = 52;

export class Stage {
  /** `look` is {colours, layers, highlight, walker}; set by the view, then `request` a drawing. */
  look = null;
  #model;
  #host;
  #canvas;
  #camera;
  #size = { width: 0, height: 0 };
  #layout = null;
  #frame = null;
  #asked = 0;
  #unit = 1;
  #moved;

  constructor(model, host, canvas, moved) {
    this.#model = model;
    this.#host = host;
    this.#canvas = canvas;
    this.#moved = moved;
    this.#camera = new Camera(host, () => this.#follow());
  }

  get camera() {
    return this.#camera;
  }

  get canvas() {
    return this.#canvas;
  }

  get layout() {
    return this.#layout;
  }

  #follow() {
    this.#host.style.touchAction = this.#camera.fitted ? "pan-y" : "none";
    this.#moved();
    this.request();
  }

  /** Takes over a new size; true if the layout is another one now. */
  resize(width, height) {
    const same = width === this.#size.width && height === this.#size.height;
    if (!width || !height || (same && unitOf() === this.#unit)) return false;
    const anchor = this.#anchor();
    this.#unit = unitOf();
    this.#size = { width, height };
    const layout = layoutFor(this.#model, width, height);
    const other = layout !== this.#layout;
    this.#layout = layout;
    this.#camera.bound(layout, width, height, this.#unit);
    this.#restore(anchor ?? places.get(this.#model));
    return other;
  }

  /** What is in the middle, whatever the layout: {class, k}; null at first or when all is shown. */
  #anchor() {
    if (!this.#frame) return null;
    const { k } = this.#camera.transform;
    if (this.#camera.fitted) return { class: null, k };
    return { class: nearestClass(this.#frame, ...this.#camera.middle), k };
  }

  #restore(anchor) {
    if (!anchor || anchor.class == null) this.#camera.jump(this.#camera.whole());
    else {
      const { x, y } = this.#layout;
      const view = around([x[anchor.class], y[anchor.class]]);
      this.#camera.jump(this.#camera.view(view, anchor.k, anchor.k));
    }
  }

  request() {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.drawNow();
    });
  }

  /** The frame for the camera as it is, at most made once for each drawing. */
  #makeFrame() {
    const { width, height } = this.#size;
    const picture = { model: this.#model, layout: this.#layout, scene: sceneOf(this.#model) };
    const frame = frameOf(picture, this.#camera.transform, width, height, this.#unit);
    frame.arcs = arcsOf(frame, this.look.layers, this.look.highlight);
    return frame;
  }

  drawNow(ratio = window.devicePixelRatio || 1) {
    if (!this.#layout || !this.look) return;
    this.#frame = this.#makeFrame();
    const { width, height } = this.#size;
    const canvas = this.#canvas;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) {
      [canvas.width, canvas.height] = [across, down];
    }
    const ctx = canvas.getContext("2d", { alpha: false });
    // Resetting the size also reset the context.
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(ctx, this.#frame, this.look);
  }

  /** Sharper, for paper and for saved pictures. */
  drawSharp() {
    const { width, height } = this.#size;
    this.drawNow(Math.min(PRINTED, LARGEST_SIDE / Math.max(width, height)));
  }

  /** The frame as it is drawn, with `orders` in place of a canvas's context. */
  drawTo(orders) {
    draw(orders, this.#makeFrame(), this.look);
    return this.#size;
  }

  pickAt(x, y, reach) {
    return this.#frame ? pick(this.#frame, this.look.layers, x, y, reach) : null;
  }

  get frame() {
    return this.#frame;
  }

  /** Where a class stands on screen now. */
  whereIs(i) {
    const at = { camera: this.#camera.transform };
    return [screenX(at, this.#layout.x[i]), screenY(at, this.#layout.y[i])];
  }

  /** Clusters are bubbles now, or too small for their names. */
  get farAway() {
    return this.#camera.transform.k < NAMES_FROM * this.#unit;
  }

  /** Brings a selection into view. */
  show(selection, { jump = false } = {}) {
    if (!this.#layout || !selection) return;
    this.#camera.covered = this.#coveredByCard();
    const to = this.#viewOf(selection);
    if (jump) this.#camera.jump(to);
    else this.#camera.fly(to);
  }

  /** On a narrow screen the card lies over the lower part of the picture. */
  #coveredByCard() {
    const card = document.querySelector(".card-open");
    if (!card || getComputedStyle(card).position !== "fixed") return 0;
    const cardTop = window.innerHeight - card.offsetHeight;
    const { top, height } = this.#host.getBoundingClientRect();
    // Not in sight yet: the page is about to scroll to the views.
    const stage = document.getElementById("stage");
    const scrolled = STICKY + (stage ? top - stage.getBoundingClientRect().top : 0);
    return Math.max(0, (top < cardTop ? top : scrolled) + height - cardTop);
  }

  #viewOf(selection) {
    const { boxes, x, y } = this.#layout;
    const boxOf = (i) => boxes[this.#model.classes.cluster[i]];
    if (selection.kind === "cluster") return this.#camera.view(grown(boxes[selection.cluster]));
    if (selection.kind === "pair" && boxOf(selection.a) !== boxOf(selection.b)) {
      return this.#camera.view(grown(union(boxOf(selection.a), boxOf(selection.b))));
    }
    const i = selection.kind === "pair" ? selection.a : selection.class;
    const readable = READABLE * this.#unit;
    const view = this.#camera.view(grown(boxOf(i)), 0, 1.6 * this.#unit);
    if (view.k >= readable) return view;
    // A cluster too large to be read as a whole: the class, with its neighbourhood.
    return this.#camera.view(around([x[i], y[i]]), readable, readable);
  }

  /** Brings a class into view if it is not, or too small to be read. */
  reveal(i) {
    const [x, y] = this.whereIs(i);
    const { width, height } = this.#size;
    const inside = x > 20 && y > 20 && x < width - 90 && y < height - 20;
    if (inside && !this.farAway) return;
    const k = Math.max(this.#camera.transform.k, READABLE * this.#unit);
    this.#camera.fly(this.#camera.view(around([this.#layout.x[i], this.#layout.y[i]]), k, k), 250);
  }

  remove() {
    if (this.#frame) places.set(this.#model, this.#anchor());
    cancelAnimationFrame(this.#asked);
    this.#camera.remove();
  }
}

const around = ([x, y]) => ({ x: x - 0.5, y: y - 0.5, width: 1, height: 1 });

const grown = ({ x, y, width, height }) => ({
  x: x - ROW,
  y: y - ROW,
  width: width + 2 * ROW,
  height: height + 2 * ROW,
});

function union(one, other) {
  const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
  const right = Math.max(one.x + one.width, other.x + other.width);
  const bottom = Math.max(one.y + one.height, other.y + other.height);
  return { x, y, width: right - x, height: bottom - y };
}
