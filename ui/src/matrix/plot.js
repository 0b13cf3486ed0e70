// The matrix on its canvas: zoom and pan, pointing by mouse, finger and keys, flying to a class.

import { select } from "d3-selection";
import "d3-transition";
import { zoom, zoomIdentity } from "d3-zoom";
import { token } from "../palette.js";
import { blockOf, clusterRuns, contrast, gridOf } from "./cells.js";
import { frame } from "./layout.js";
import { paint } from "./paint.js";
import { makePictures } from "./picture.js";
import { type } from "./type.js";

const LARGEST_CELL = 44;
const PRINTED_RATIO = 3;
const FLIGHT = 600;

/** Draws a model's matrix on a canvas; `onPoint([column, row] | null)` and `onPick` tell of cells. */
export class MatrixPlot {
  constructor(canvas, model, { onPoint, onPick }) {
    Object.assign(this, { canvas, model, onPoint, onPick });
    this.grid = gridOf(model);
    this.scene = {
      grid: this.grid,
      model,
      clusters: model.clusters,
      runs: clusterRuns(this.grid.order, model.classes.cluster),
      range: contrast(this.grid),
    };
    this.look = { chosen: [], chosenClusters: new Set(), pointed: null };
    this.transform = zoomIdentity;
    this.listen();
  }

  listen() {
    this.zooming = zoom()
      .filter((event) => this.mayMove(event))
      .on("zoom", ({ transform }) => {
        this.transform = transform;
        this.canvas.style.touchAction = transform.k > 1 ? "none" : "pan-x pan-y";
        this.draw();
      });
    this.surface = select(this.canvas).call(this.zooming).on("dblclick.zoom", null);
    this.canvas.style.touchAction = "pan-x pan-y";
    const on = (type, listener) => this.canvas.addEventListener(type, listener);
    on("pointermove", (event) => this.point(this.cellUnder(event)));
    on("pointerleave", () => this.point(null));
    on("click", (event) => this.pick(this.cellUnder(event)));
    on("keydown", (event) => this.onKey(event));
    // The page has turned light by now; its signals' effects would come too late for the printer.
    this.printing = () => (this.dye(), this.drawNow(PRINTED_RATIO));
    window.addEventListener("beforeprint", this.printing);
    this.printed = () => this.dye();
    window.addEventListener("afterprint", this.printed);
  }

  /** One finger and the wheel scroll the page until the matrix is larger than its frame. */
  mayMove(event) {
    if (event.type === "wheel") return event.deltaY < 0 || this.transform.k > 1;
    if (event.type === "touchstart") return event.touches.length > 1 || this.transform.k > 1;
    return !event.button;
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.surface.interrupt().on(".zoom", null);
    window.removeEventListener("beforeprint", this.printing);
    window.removeEventListener("afterprint", this.printed);
  }

  /** The colours of the present theme. */
  dye() {
    const empty = token("panel")
      .match(/\w\w/g)
      .map((hex) => parseInt(hex, 16));
    this.scene.pictures = makePictures(this.grid, this.scene.range, empty);
    this.draw();
  }

  resize(width, height) {
    const old = this.box;
    this.look.type = type();
    const { scale } = this.look.type;
    this.box = frame(width, height, scale);
    const { left, top, side } = this.box;
    Object.assign(this, { width: left + side + 2, height: top + side + 2 });
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    const most = Math.max(2, (LARGEST_CELL * scale * this.grid.size) / side);
    this.zooming
      .extent([
        [0, 0],
        [side, side],
      ])
      .translateExtent([
        [0, 0],
        [side, side],
      ])
      .scaleExtent([1, most]);
    const grown = old ? side / old.side : 1;
    const { k, x, y } = this.transform;
    this.surface.call(
      this.zooming.transform,
      zoomIdentity.translate(x * grown, y * grown).scale(k),
    );
    this.drawNow();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow(ratio = window.devicePixelRatio || 1) {
    if (!this.box || !this.scene.pictures) return;
    const [wide, high] = [this.width, this.height].map((side) => Math.round(side * ratio));
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== high) this.canvas.height = high;
    const { width, height, box, transform } = this;
    paint(this.canvas.getContext("2d"), this.scene, {
      ...this.look,
      width,
      height,
      box,
      transform,
      ratio,
    });
  }

  /** The cell [column, row] at an event, null outside of the square. */
  cellUnder(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const inSquare = [event.clientX - left - this.box.left, event.clientY - top - this.box.top];
    if (inSquare.some((at) => at < 0 || at >= this.box.side)) return null;
    const cell = (this.box.side * this.transform.k) / this.grid.size;
    const [x, y] = [this.transform.x, this.transform.y];
    const found = [(inSquare[0] - x) / cell, (inSquare[1] - y) / cell].map(Math.floor);
    return found.every((at) => at >= 0 && at < this.grid.size) ? found : null;
  }

  point(cell) {
    const [was, is] = [this.look.pointed, cell];
    if (was?.[0] === is?.[0] && was?.[1] === is?.[1]) return;
    this.look.pointed = cell;
    this.onPoint(cell);
    this.draw();
  }

  pick(cell) {
    if (cell) this.onPick(cell);
  }

  onKey(event) {
    const step = event.shiftKey ? 10 : 1;
    const moves = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    if (moves[event.key]) this.walk(moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.pick(this.look.pointed);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.6);
    else if (event.key === "-") this.zoomBy(1 / 1.6);
    else if (event.key === "0") this.reset();
    else return;
    event.preventDefault();
  }

  walk([right, down]) {
    const last = this.grid.size - 1;
    const start = this.look.pointed ?? this.firstCell();
    const moved = this.look.pointed ? [start[0] + right, start[1] + down] : start;
    const cell = moved.map((at) => Math.min(last, Math.max(0, at)));
    this.point(cell);
    const middle = this.middleOf(cell[0], cell[1]);
    const seen = this.transform.apply(middle).every((at) => at >= 0 && at <= this.box.side);
    if (!seen) this.surface.call(this.zooming.translateTo, ...middle);
  }

  /** Where the keys begin: at the selected pair, otherwise in the corner. */
  firstCell() {
    const [a, b] = this.look.chosen;
    return a === undefined ? [0, 0] : [b ?? a, a].map((at) => blockOf(this.grid, at));
  }

  middleOf(column, line) {
    return [column, line].map((at) => ((at + 0.5) * this.box.side) / this.grid.size);
  }

  zoomBy(factor) {
    const at = this.look.pointed && this.transform.apply(this.middleOf(...this.look.pointed));
    this.moving().call(this.zooming.scaleBy, factor, at ?? undefined);
  }

  reset() {
    this.moving().call(this.zooming.transform, zoomIdentity);
  }

  /** The surface, in motion unless the reader wants none. */
  moving() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    return still ? this.surface : this.surface.transition().duration(FLIGHT);
  }

  /** Mark classes and clusters; with `fly`, bring the marked classes to the middle, readable. */
  mark(classes, clusters, fly) {
    this.look.chosen = classes.map((one) => this.grid.position[one]);
    this.look.chosenClusters = clusters;
    this.draw();
    if (fly && this.box && classes.length) this.fly();
  }

  fly() {
    const [a, b = a] = this.look.chosen;
    const [column, line] = a < b ? [b, a] : [a, b];
    const { side } = this.box;
    const readable = Math.max(1, (16 * this.look.type.scale * this.grid.size) / side);
    const k = Math.max(this.transform.k, readable);
    const at = [column, line].map((place) => ((place + 0.5) * side) / this.grid.n);
    const goal = zoomIdentity.translate(side / 2 - k * at[0], side / 2 - k * at[1]).scale(k);
    const kept = this.zooming.constrain()(
      goal,
      [
        [0, 0],
        [side, side],
      ],
      [
        [0, 0],
        [side, side],
      ],
    );
    this.moving().call(this.zooming.transform, kept);
  }
}
