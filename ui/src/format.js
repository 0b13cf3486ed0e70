// Numbers and names as people read them.

const whole = new Intl.NumberFormat("en");

export const count = (value) => (value == null ? "–" : whole.format(Math.round(value * 100) / 100));
export const fixed = (value, digits = 2) => (value == null ? "–" : value.toFixed(digits));
export const percent = (share, digits = 0) =>
  share == null ? "–" : `${(100 * share).toFixed(digits)}%`;

/** "p = 0.001", or "p < 0.001" where no permutation came near. */
export const pValue = (p) => (p == null ? "p undefined" : `p = ${Number(p.toPrecision(2))}`);

/** "1 class", "3 classes". */
export const counted = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
