// The tables that a model's findings make.

import { classTable, clusterTable, oddTable } from "./class_tables.js";
import { differenceTables } from "./difference.js";
import { confusedTable, contextTable, edgeTable, verdictTable } from "./pair_tables.js";

/**
 * @typedef {object} Table
 * @property {string} key its name in the address and of the CSV file
 * @property {string} name
 * @property {string} what a sentence
 * @property {number} length
 * @property {import("./columns.js").Column[]} columns
 * @property {(row: number) => void} select
 */

/** All tables there are, in order. @returns {Table[]} */
export function tablesOf(model, report, modelNumber) {
  const difference = report.difference ? differenceTables(report, modelNumber) : [];
  return [
    model.verdicts && verdictTable(model),
    !model.verdicts && model.confused && confusedTable(model),
    edgeTable(model),
    model.context?.a.length > 0 && contextTable(model),
    classTable(model),
    clusterTable(model),
    model.odd?.class.length > 0 && oddTable(model),
    ...difference,
  ].filter(Boolean);
}
