// Text on the canvas: measured, truncated to its room, and kept from covering other text.

import { token } from "../palette.js";

// Measured widths are kept, but not without end.
const REMEMBERED = 60_000;
const widths = new Map();
const shortened = new Map();
const scratch = document.createElement("canvas").getContext("2d");
let family = "";

/** The CSS font of a size; sizes are whole half pixels, so that few widths are measured. */
export function fontOf(size, weight = 400) {
  family ||= token("sans") || "sans-serif";
  return `${weight} ${Math.round(size * 2) / 2}px ${family}`;
}

export function widthOf(text, font) {
  const key = `${font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    scratch.font = font;
    width = scratch.measureText(text).width;
    if (widths.size > REMEMBERED) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The text, or as much of its beginning as fits with an ellipsis; "" where hardly any would. */
export function shorten(text, font, room) {
  const steps = Math.floor(room / 4) * 4;
  if (steps < 12) return "";
  const key = `${font}|${steps}|${text}`;
  let found = shortened.get(key);
  if (found === undefined) {
    found = widthOf(text, font) <= steps ? text : cut(text, font, steps);
    if (shortened.size > REMEMBERED) shortened.clear();
    shortened.set(key, found);
  }
  return found;
}

// Whole graphemes where the browser knows them, so that no emoji is cut in half.
const segmenter = Intl.Segmenter ? new Intl.Segmenter() : null;
const graphemes = (text) =>
  segmenter ? [...segmenter.segment(text)].map(({ segment }) => segment) : [...text];

function cut(text, font, room) {
  const parts = graphemes(text.slice(0, 400));
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measured(parts, middle, font) <= room) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? "" : `${parts.slice(0, low).join("").trimEnd()}…`;
}

function measured(parts, count, font) {
  scratch.font = font;
  return scratch.measureText(`${parts.slice(0, count).join("")}…`).width;
}

const RIGHT_TO_LEFT = /^[^\p{L}]*[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/u;

/** Which way a text reads, from its first letter. */
export const directionOf = (text) => (RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr");

/** Remembers where text stands; `take` says whether a rectangle was still free, and takes it. */
export class Occupied {
  #cells = new Map();
  #size;

  constructor(size = 64) {
    this.#size = size;
  }

  take(x, y, width, height) {
    const cells = this.#cellsOf(x, y, width, height);
    for (const cell of cells) {
      for (const other of this.#cells.get(cell) ?? []) {
        const apart =
          other.x >= x + width ||
          other.x + other.width <= x ||
          other.y >= y + height ||
          other.y + other.height <= y;
        if (!apart) return false;
      }
    }
    for (const cell of cells) {
      if (!this.#cells.has(cell)) this.#cells.set(cell, []);
      this.#cells.get(cell).push({ x, y, width, height });
    }
    return true;
  }

  #cellsOf(x, y, width, height) {
    const cells = [];
    const size = this.#size;
    for (let i = Math.floor(x / size); i <= Math.floor((x + width) / size); i++) {
      for (let j = Math.floor(y / size); j <= Math.floor((y + height) / size); j++) {
        cells.push(i * 65_536 + j);
      }
    }
    return cells;
  }
}
