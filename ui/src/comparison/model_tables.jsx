// The models, and every two of them, as tables that are searched, sorted, filtered and taken away.

import { useComputed, useSignal } from "@preact/signals";
import { fixed } from "../format.js";
import { choice, className, number } from "../tables/columns.js";
import { plainWish } from "../tables/place.js";
import { Table } from "../tables/table.jsx";
import { SCORES, shortP } from "./scores.js";
import { clusterer, comparison, marked, markOnly, rows, tests, toggleMark } from "./state.js";

const LEVEL = 0.05;
const RESTS = ["converged", "not converged"];
const TOLD = ["differ", "not told apart", "undefined"];

/** A table with its own search, filters and order, sorted by `sort` at first. */
function OwnTable({ table, sort, going, first }) {
  const wish = useSignal({ ...plainWish(table.value.key), sort });
  const change = (part) => (wish.value = { ...wish.value, ...part });
  const isChosen = (models) => models.every((model) => marked.value.has(model));
  return (
    <div class="own-table">
      <Table {...{ table, wish, change, going, isChosen, first }} />
    </div>
  );
}

export function ModelsTable() {
  const whole = useSignal(false);
  const table = useComputed(() => modelsTable(comparison.value.models, rows.value, whole.value));
  const going = {
    head: "In the pictures",
    word: "Mark",
    says: (what) => `Mark ${what} in the pictures`,
    go: toggleMark,
    pressed: (row) => marked.value.has(row),
  };
  const everything = () => (
    <label class="whole">
      <input
        type="checkbox"
        checked={whole.value}
        onChange={(event) => (whole.value = event.currentTarget.checked)}
      />
      All columns
    </label>
  );
  const sort = { key: "sd", descending: true };
  return <OwnTable table={table} sort={sort} going={going} first={everything} />;
}

function modelsTable(models, found, whole) {
  const { sd, sd_low, sd_high, sd_chance, sd_p, sd_ceiling, noise_share, converged } = found;
  const shown = (main) => ({ hidden: !whole && !main });
  const rest = (row) => RESTS[converged[row] ? 0 : 1];
  const columns = [
    className("model", "Model", "The model.", (row) => row, models),
    number("rank", "Rank", "1 is the deepest; equals share the mean.", (row) => found.rank[row]),
    number("sd", "Similarity Depth", "How deep similar classes meet.", (row) => sd[row], 2),
    number("sd_low", "From", "Its 95% interval begins here.", (row) => sd_low[row], 2),
    number("sd_high", "To", "Its 95% interval ends here.", (row) => sd_high[row], 2),
    number("sd_chance", "By chance", "The depth of random pairs.", (row) => sd_chance[row], 2),
    number("sd_p", "p", "How often chance alone gets as deep.", (row) => sd_p[row], 3, {
      ...shown(false),
      said: (row) => shortP(sd_p[row]),
    }),
    number("sd_ceiling", "At most", "The greatest possible.", (row) => sd_ceiling[row], 2, shown()),
    ...SCORES.flatMap((score) => scoreColumns(score, found, shown)),
    number(
      "noise_share",
      "Noise",
      "Share of the classes outside all clusters.",
      (row) => noise_share[row],
      2,
      shown(),
    ),
    converged.includes(false) &&
      choice("converged", "Clusterer", "Whether the clusterer came to rest.", rest, RESTS),
  ];
  return {
    key: "models",
    name: "Table of models",
    what: `Every model by ${clusterer.value}. Mark some to see where they stand in the pictures.`,
    length: models.length,
    columns: columns.filter(Boolean),
  };
}

function scoreColumns({ key, title, help, digits, main }, found, shown) {
  if (!found[key].some((value) => value != null)) return [];
  const chance = found[`${key}_chance`];
  const p = found[`${key}_p`];
  return [
    number(key, title, help, (row) => found[key][row], digits, shown(main)),
    chance &&
      number(
        `${key}_chance`,
        `${title}: by chance`,
        "What chance would give.",
        (row) => chance[row],
        digits,
        shown(false),
      ),
    p &&
      number(
        `${key}_p`,
        `${title}: p`,
        "How often chance alone gets as far.",
        (row) => p[row],
        3,
        { ...shown(false), said: (row) => shortP(p[row]) },
      ),
  ].filter(Boolean);
}

export function PairsTable() {
  const table = useComputed(() => pairsTable(comparison.value, rows.value, tests.value));
  const both = (row) => [tests.value.first[row], tests.value.second[row]];
  const going = {
    head: "In the pictures",
    word: "Mark",
    says: (what) => `Mark ${what} in the pictures`,
    go: (row) => markOnly(both(row)),
    pressed: (row) => both(row).every((model) => marked.value.has(model)),
  };
  return <OwnTable table={table} sort={{ key: "adjusted_p", descending: false }} going={going} />;
}

function pairsTable({ models, alignment }, { sd }, found) {
  const { first, second, difference, low, high, p, adjusted_p } = found;
  const differs = (row) =>
    TOLD[adjusted_p[row] == null ? 2 : adjusted_p[row] < LEVEL ? 0 : 1];
  const known = TOLD.filter((one) =>
    adjusted_p.some((_, row) => differs(row) === one),
  );
  const signed = (row) =>
    difference[row] == null ? "–" : (difference[row] > 0 ? "+" : "") + fixed(difference[row]);
  const likeness = (row) => alignment.cells[first[row]][second[row]];
  const columns = [
    className("first", "Model", "One model.", (row) => first[row], models),
    className("second", "Other model", "The other.", (row) => second[row], models),
    number("sd_first", "Depth", "Similarity Depth of the one.", (row) => sd[first[row]], 2),
    number("sd_second", "Other depth", "That of the other.", (row) => sd[second[row]], 2),
    number("difference", "Difference", "The other's less the one's.", (row) => difference[row], 2, {
      said: signed,
    }),
    number("low", "From", "Its 95% interval begins here.", (row) => low[row], 2),
    number("high", "To", "Its 95% interval ends here.", (row) => high[row], 2),
    number("p", "p", "How often random swaps of classes get as far.", (row) => p[row], 3, {
      said: (row) => shortP(p[row]),
    }),
    number(
      "adjusted_p",
      "p, Holm",
      "The same, adjusted to so many tests (Holm 1979).",
      (row) => adjusted_p[row],
      3,
      { said: (row) => shortP(adjusted_p[row]) },
    ),
    choice("differ", "Verdict", "Whether the adjusted p is below .05.", differs, known),
    number("alignment", "Alignment", "How alike both see the classes (Spearman).", likeness, 2),
  ];
  return {
    key: "pairs",
    name: "Table of pairs of models",
    what:
      `Every two models by ${clusterer.value}, tested by swapping their classes at random. An ` +
      "interval of a pair is not adjusted to the number of tests; the last p is.",
    length: first.length,
    columns,
  };
}
