// The matrix's two scales: similarity from green to blue, confusions from sand to brown.

import { similarityRgb } from "../palette.js";
import { theme } from "../theme.js";

// Lightness falls evenly (OKLab) in the hue of what went wrong, --chance in tokens.css; far enough
// from the similarities' green and blue for every kind of colour blindness.
const CONFUSION = ["#fbe3c8", "#f6bd85", "#e8954a", "#cb6f1f", "#a84a05", "#7c3303", "#4f1f02"].map(
  (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
);

// The lowest colour on a dark page: darker ones would be lost in it.
const DARKEST = 0.78;

/** The colour of a share of the scale from 0 to 1 as [red, green, blue]. */
export function confusionRgb(share) {
  const t = Math.min(1, Math.max(0, share));
  const place = (theme.value === "dark" ? (1 - t) * DARKEST : t) * (CONFUSION.length - 1);
  const below = Math.min(Math.floor(place), CONFUSION.length - 2);
  const part = place - below;
  return CONFUSION[below].map((c, k) => Math.round(c + part * (CONFUSION[below + 1][k] - c)));
}

/** Where a count stands on the scale: by its logarithm, since most are small and few are great. */
export const confusionShare = (count, most) => Math.log1p(count) / Math.log1p(Math.max(most, 1));

/** A CSS gradient of a scale. */
export function gradient(scale, steps = 12) {
  const stops = Array.from({ length: steps + 1 }, (_, k) => `rgb(${scale(k / steps).join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** Black or white, whichever is read more easily on a colour. */
export function inkOn([red, green, blue]) {
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return light > 0.179 ? "#000000" : "#ffffff";
}

export { similarityRgb };
