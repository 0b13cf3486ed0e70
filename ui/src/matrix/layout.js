// Where things stand in the matrix's picture: the square, its margins, and names that fit.

const WIDE = 620;

/** The margins for names, and the square's side, of a picture that may be so wide and high. */
export function frame(width, height, scale) {
  const wide = width >= WIDE;
  const left = Math.round(scale * (wide ? 124 : 64));
  const top = Math.round(scale * (wide ? 96 : 58));
  const side = Math.floor(Math.max(120, Math.min(width - left, height - top) - 2));
  return { left, top, side };
}

/** Pixels a class takes at a zoom. */
export const unitOf = ({ side }, n, { k }) => (side * k) / n;

/** Which of many names, so high, along an axis can be written without touching, the weightiest first. */
export function placeNames(marks, from, to, high) {
  const half = high / 2;
  const rows = new Map();
  const placed = [];
  for (const mark of [...marks].sort((a, b) => b.weight - a.weight || a.at - b.at)) {
    if (mark.at < from + half - 2 || mark.at > to - half + 2) continue;
    const row = Math.floor(mark.at / high);
    const near = [row - 1, row, row + 1].flatMap((one) => rows.get(one) ?? []);
    if (near.some((at) => Math.abs(at - mark.at) < high)) continue;
    rows.set(row, [...(rows.get(row) ?? []), mark.at]);
    placed.push(mark);
  }
  return placed;
}

/** A text cut to a width, with an ellipsis where something is missing. */
export function fitText(context, text, width) {
  const letters = [...text.slice(0, 120)];
  const whole = text.length <= 120;
  if (whole && context.measureText(text).width <= width) return text;
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const fits = context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width;
    if (fits) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
}
