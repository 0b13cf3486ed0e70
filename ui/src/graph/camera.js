// The camera over the graph: pan, zoom and flights, by pointer, wheel, fingers and buttons.

import { select } from "d3-selection";
import "d3-transition";
import { zoom, zoomIdentity, zoomTransform } from "d3-zoom";

const LARGEST = 4;
const LARGEST_FIT = 2;
const MARGIN = 8;
const FLIGHT = 900;

const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Moves over `element`; calls `moved` whenever its transform {k, x, y} has changed. */
export class Camera {
  #element;
  #zoom;
  #world = { width: 1, height: 1 };
  #size = { width: 1, height: 1 };
  #unit = 1;

  constructor(element, moved) {
    this.#element = select(element);
    this.#zoom = zoom()
      .filter((event) => this.#wanted(event))
      .on("zoom", ({ transform }) => moved(transform));
    this.#zoom.clickDistance(4).duration(calm() ? 0 : 250);
    this.#element.call(this.#zoom);
  }

  get transform() {
    return zoomTransform(this.#element.node());
  }

  /** The whole world is in view: scrolling and swiping may move the page. */
  get fitted() {
    return this.transform.k <= this.#fitZoom() * 1.001;
  }

  /** While all is in view a single finger scrolls the page; later it moves the graph. */
  #wanted(event) {
    if (event.type === "touchstart" && event.touches.length === 1 && this.fitted) return false;
    return (!event.ctrlKey || event.type === "wheel") && !event.button;
  }

  #fitZoom() {
    const { width, height } = this.#size;
    return Math.min(
      (width - 2 * MARGIN) / this.#world.width,
      (height - 2 * MARGIN) / this.#world.height,
      LARGEST_FIT * this.#unit,
    );
  }

  /** Takes over the sizes of the world, the window and letters: how far one may go in them. */
  bound(world, width, height, unit) {
    this.#world = { width: world.width, height: world.height };
    this.#unit = unit;
    this.#size = { width, height };
    const fit = this.#fitZoom();
    const [aside, above] = [
      Math.max(world.width * 0.1, width / fit - world.width) / 2 + 40,
      Math.max(world.height * 0.1, height / fit - world.height) / 2 + 40,
    ];
    this.#zoom
      .extent([[0, 0], [width, height]])
      .scaleExtent([fit, Math.max(LARGEST * unit, fit)])
      .translateExtent([[-aside, -above], [world.width + aside, world.height + above]]);
  }

  /** The view of everything. */
  whole() {
    this.covered = 0;
    return this.view({ x: 0, y: 0, ...this.#world });
  }

  /** So many pixels at the bottom are covered by something else; views keep clear of them. */
  covered = 0;

  /** Where on screen what is shown comes to stand. */
  get middle() {
    const { width, height } = this.#size;
    return [width / 2, Math.max(0.3 * height, height - this.covered) / 2];
  }

  /** The transform that shows a rectangle of the world, at a zoom from `least` to `most`. */
  view({ x, y, width, height }, least = 0, most = LARGEST_FIT * this.#unit) {
    const free = 2 * this.middle[1];
    const fit = Math.min((this.#size.width - 2 * MARGIN) / width, (free - 2 * MARGIN) / height);
    const [low, high] = this.#zoom.scaleExtent();
    const k = Math.min(high, Math.max(low, least, Math.min(fit, most)));
    return zoomIdentity
      .translate(...this.middle)
      .scale(k)
      .translate(-x - width / 2, -y - height / 2);
  }

  jump(transform) {
    this.#element.interrupt().call(this.#zoom.transform, transform);
  }

  /** Flies there along van Wijk and Nuij's path, or jumps where motion is unwelcome. */
  fly(transform, duration = FLIGHT) {
    if (calm()) this.jump(transform);
    else this.#element.transition().duration(duration).call(this.#zoom.transform, transform);
  }

  zoomBy(factor, at) {
    const target = calm() ? this.#element.interrupt() : this.#element.transition().duration(200);
    target.call(this.#zoom.scaleBy, factor, at);
  }

  panBy(dx, dy) {
    this.#element.interrupt().call(this.#zoom.translateBy, dx / this.transform.k, dy / this.transform.k);
  }

  remove() {
    this.#element.interrupt().on(".zoom", null);
  }
}
