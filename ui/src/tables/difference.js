// The tables of what differs between two models.

import { clusterName } from "../data.js";
import { selectClass, selectPair } from "../state.js";
import { choice, className, number, text } from "./columns.js";

const SIDES = ["both", "first only", "second only"];

/** Edges, moved classes and confusions; each row selects in the model that is shown. */
export function differenceTables(report, modelNumber) {
  const { shared, edges, moved, confusions } = report.difference;
  const here = [shared.first, shared.second][modelNumber];
  const pair = (table) => ({
    names: [
      className(
        "class_a",
        "Class A",
        "One class of the pair.",
        (row) => table.a[row],
        shared.label,
      ),
      className("class_b", "Class B", "The other class.", (row) => table.b[row], shared.label),
    ],
    select: (row) => selectPair(here[table.a[row]], here[table.b[row]]),
  });
  return [
    edges && edgeTable(edges, pair(edges)),
    moved && movedTable(moved, report, here),
    confusions && confusionTable(confusions, pair(confusions)),
  ].filter(Boolean);
}

function edgeTable(table, { names, select }) {
  const side = (row) => SIDES[table.in_first[row] ? (table.in_second[row] ? 0 : 1) : 2];
  const similar = (which) => (row) => table[`similarity_${which}`][row];
  return {
    key: "differing-edges",
    name: "Edges of both models",
    what: "Which edges the two models' graphs share, and which only one has.",
    length: table.a.length,
    columns: [
      ...names,
      choice("in_model", "In", "Which model's graph has the edge.", side, SIDES),
      number("similarity_first", "First", "Similarity in the first model.", similar("first"), 2),
      number(
        "similarity_second",
        "Second",
        "Similarity in the second model.",
        similar("second"),
        2,
      ),
    ],
    select,
  };
}

function movedTable(table, report, here) {
  const { label } = report.difference.shared;
  const cluster = (which, model) => (row) => {
    const number = table[`cluster_${which}`][row];
    const name = clusterName(model, number);
    return name.endsWith(String(number)) ? name : `${name} (${number})`;
  };
  const [first, second] = report.models;
  const help = "Share of its cluster mates, of either model, that it has in both: 1 is unmoved.";
  return {
    key: "moved",
    name: "Moved classes",
    what: "How much of each class's cluster is the same in both models, the most moved first.",
    length: table.class.length,
    columns: [
      className("class", "Class", "The class, by its name.", (row) => table.class[row], label),
      number("overlap", "Same mates", help, (row) => table.overlap[row], 2),
      text(
        "cluster_first",
        "Cluster, first",
        "Its cluster in the first model.",
        cluster("first", first),
      ),
      text(
        "cluster_second",
        "Cluster, second",
        "Its cluster in the second model.",
        cluster("second", second),
      ),
    ],
    select: (row) => selectClass(here[table.class[row]]),
  };
}

function confusionTable(table, { names, select }) {
  const change = (row) => table.second[row] - table.first[row];
  return {
    key: "differing-confusions",
    name: "Confusions of both models",
    what: "How often each pair is mixed up by either model, the greatest difference first.",
    length: table.a.length,
    columns: [
      ...names,
      number(
        "first",
        "First",
        "Confusions of the first model, both ways.",
        (row) => table.first[row],
      ),
      number(
        "second",
        "Second",
        "Confusions of the second model, both ways.",
        (row) => table.second[row],
      ),
      number("change", "Change", "Second less first: below 0 is better.", change),
    ],
    select,
  };
}
