// Colours for what is drawn on a canvas; what is drawn by the browser takes them from tokens.css.

import { theme } from "./theme.js";

// Lightness falls evenly (OKLab) while the hue turns from green to blue: steps look equal, print
// in grey, and colour-blind readers lose nothing. On a dark page the same scale begins at its
// dark end, so that what is alike always stands out from the page.
const SIMILARITY = [
  "#f5f8ef",
  "#c1e5c3",
  "#81d1b3",
  "#3bb8af",
  "#009aac",
  "#007aa1",
  "#075a8c",
  "#203c6e",
  "#20224b",
].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));

// Lines lighter than this part of the scale would be lost on the page.
const FAINTEST_LINE = 0.28;

/** The colour of a similarity from 0 to 1 as [red, green, blue], each 0 to 255. */
export function similarityRgb(similarity) {
  const t = Math.min(1, Math.max(0, similarity));
  const place = (theme.value === "dark" ? 1 - t : t) * (SIMILARITY.length - 1);
  const below = Math.min(Math.floor(place), SIMILARITY.length - 2);
  const part = place - below;
  return SIMILARITY[below].map((c, k) => Math.round(c + part * (SIMILARITY[below + 1][k] - c)));
}

export const similarityColour = (similarity) => `rgb(${similarityRgb(similarity).join(" ")})`;

/** The colour of a line, kept apart from the page however small the similarity. */
export const lineColour = (similarity) =>
  similarityColour(FAINTEST_LINE + (1 - FAINTEST_LINE) * similarity);

/** A colour of tokens.css, by its name without dashes; read again after the theme has changed. */
export function token(name) {
  theme.value;
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Verdict: its mark's shape and whether that is filled. Shapes tell them apart, colours help. */
export const VERDICT_MARKS = {
  understandable: { shape: "circle", filled: true, colour: "strong" },
  misperception: { shape: "triangle", filled: true, colour: "chance" },
  kin: { shape: "square", filled: false, colour: "strong" },
  unexplained: { shape: "cross", filled: true, colour: "chance" },
  latent: { shape: "circle", filled: false, colour: "muted" },
  unplaced: { shape: "plus", filled: true, colour: "ink" },
};
