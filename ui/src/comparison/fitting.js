// How wide a drawing may be, and how wide a text is in it.

import { useLayoutEffect, useState } from "preact/hooks";

const canvas = document.createElement("canvas").getContext("2d");
const widths = new Map();

export const TEXT = 12;

/** The width of an element of the page, followed while the page is. */
export function useWidth(element) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const fit = () => setWidth(element.current.clientWidth);
    fit();
    const watching = new ResizeObserver(fit);
    watching.observe(element.current);
    return () => watching.disconnect();
  }, []);
  return width;
}

/** The width of a text of the pictures, in pixels. */
export function textWidth(text) {
  if (!widths.has(text)) {
    canvas.font = `${TEXT}px ${getComputedStyle(document.body).fontFamily}`;
    widths.set(text, canvas.measureText(text).width);
  }
  return widths.get(text);
}

/** A name so cut that it fits, its end kept: ends tell files apart. */
export function cut(name, width) {
  // By what a reader takes for one letter, so that none is torn.
  const line = name.replace(/\s+/g, " ");
  if (textWidth(line) <= width) return line;
  const letters = Array.from(new Intl.Segmenter().segment(line.slice(0, 400)), (one) => one.segment);
  let kept = Math.min(letters.length - 1, Math.ceil(width / 4));
  const shortened = () => `${letters.slice(0, kept >> 1).join("")}…${letters.slice(letters.length - kept + (kept >> 1)).join("")}`;
  while (kept > 2 && textWidth(shortened()) > width) kept--;
  return shortened();
}
