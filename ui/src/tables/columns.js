// Kinds of columns: each knows its value in a row, how that is shown, sorted, searched and filtered.

import { count, fixed } from "../format.js";

/**
 * @typedef {object} Column
 * @property {string} key its name in the CSV file
 * @property {string} title its head
 * @property {string} help what it says, in a sentence
 * @property {"text"|"number"|"choice"} kind
 * @property {(row: number) => any} value what is sorted, filtered and written; null is unknown
 * @property {(row: number) => string} said what is shown
 * @property {((row: number) => number)} [one] the class it names, of a column of classes
 * @property {string[]} [options] of a choice, in order
 * @property {boolean} [searched] whether the search looks into it
 * @property {boolean} [hidden] only in the CSV file
 */

const noted = (value) => (value == null ? "–" : String(value));

/** A column of text; `get` gives a string or null. */
export const text = (key, title, help, get, more = {}) => ({
  ...{ key, title, help, kind: "text", value: get, said: (row) => noted(get(row)), searched: true },
  ...more,
});

/** A column that names a class of the model. */
export const className = (key, title, help, get, labels) =>
  text(key, title, help, (row) => labels[get(row)], { one: get });

/** A column of numbers, with so many digits; none for counts. */
export const number = (key, title, help, get, digits = 0, more = {}) => ({
  ...{ key, title, help, kind: "number", value: get },
  said: (row) => (digits ? fixed(get(row), digits) : count(get(row))),
  ...more,
});

/** A column with a few values to choose among. */
export const choice = (key, title, help, get, options) => ({
  ...{ key, title, help, kind: "choice", value: get, said: (row) => noted(get(row)), options },
});

/** A value that is dear to find, found once a row and only where it is needed. */
export function remembered(find) {
  const found = new Map();
  return (row) => {
    if (!found.has(row)) found.set(row, find(row));
    return found.get(row);
  };
}
