// What is known of every model: the columns of the table, and what the scatter can have upwards.

import { fixed } from "../format.js";

/** key, head, what it says, digits; `main` ones stand in the short table. */
const score = (key, title, help, digits, main = false) => ({ key, title, help, digits, main });

export const SCORES = [
  score("accuracy", "Accuracy", "Share of the samples that were recognised.", 3, true),
  score(
    "explained",
    "Confusions explained",
    "Share of the confused pairs that are perceived as similar (direct compliance).",
    3,
    true,
  ),
  score(
    "causing",
    "Similarities causing confusion",
    "Share of the pairs perceived as similar that are confused (direct compliance).",
    3,
    true,
  ),
  score(
    "explained_extended",
    "Confusions explained, extended",
    "The same where pairs of one cluster count as perceived and as confused.",
    3,
  ),
  score(
    "causing_extended",
    "Similarities causing confusion, extended",
    "The same where pairs of one cluster count as perceived and as confused.",
    3,
  ),
  score(
    "taxonomy_alignment",
    "Alignment with the taxonomy",
    "Rank correlation of its similarities with the taxonomy's (Wu-Palmer), over all pairs.",
    3,
    true,
  ),
  score("wu_palmer", "Wu-Palmer", "Mean Wu-Palmer similarity of the pairs in its graph.", 3),
  score(
    "forecast_precision",
    "Precision of the forecast",
    "Of as many most similar pairs as are often confused, the share that are.",
    3,
  ),
  score("average_precision", "Average precision", "The forecast's, over all thresholds.", 3),
  score(
    "nearest_is_most_confused",
    "Nearest is most confused",
    "Share of the classes whose most similar class is the one they are most often taken for.",
    3,
  ),
  score(
    "severity_depth",
    "Depth of the mistakes",
    "Mean depth at which a mistake meets the truth in the taxonomy: deep is mild.",
    2,
  ),
  score("sd_normalised", "Normalised depth", "0 is chance, 1 the greatest depth possible.", 3, true),
  score("clusters", "Clusters", "How many clusters the classes fall into.", 0, true),
];

export const scoreOf = (key) => SCORES.find((one) => one.key === key);

export const said = (key, value) => {
  const { digits } = scoreOf(key);
  return digits ? fixed(value, digits) : String(value ?? "–");
};

/** A small p-value keeps its digits. */
export const shortP = (p) => (p == null ? "–" : String(Number(p.toPrecision(2))));

export const interval = (low, high, digits = 2) =>
  low == null || high == null ? "undefined" : `${fixed(low, digits)} to ${fixed(high, digits)}`;
