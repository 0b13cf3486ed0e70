// The tables of pairs: by verdict, confused, edges of the graph, similar against the taxonomy.

import { conceptWord } from "../data.js";
import { meeting } from "../taxonomy.js";
import { selectPair } from "../state.js";
import { choice, className, number, remembered, text } from "./columns.js";

/** The two columns of a table of pairs. */
function pairColumns(table, labels) {
  return [
    className("class_a", "Class A", "One class of the pair.", (row) => table.a[row], labels),
    className("class_b", "Class B", "The other class.", (row) => table.b[row], labels),
  ];
}

const similarity = (table) =>
  number(
    "similarity",
    "Similarity",
    "How alike the network holds the two, 1 for the same.",
    (row) => table.similarity?.[row] ?? null,
    2,
  );

const depth = (table) =>
  number(
    "depth",
    "Depth",
    "Depth of the concept where they meet; deep is of a kind.",
    (row) => table.depth[row],
  );

function meets(model, table) {
  const word = remembered((row) => {
    const met = meeting(model, table.a[row], table.b[row]);
    return met == null ? null : conceptWord(model.hierarchy.name[met]);
  });
  const help = "The deepest concept of the taxonomy that both belong to.";
  return text("subsumer_name", "Meet in", help, word, { searched: false });
}

function confusions(table) {
  const [there, back] = [(row) => table.a_as_b[row], (row) => table.b_as_a[row]];
  return [
    number(
      "confusions",
      "Confusions",
      "How often one was taken for the other, both ways.",
      (row) => there(row) + back(row),
    ),
    number("a_taken_for_b", "A for B", "How often A was taken for B.", there),
    number("b_taken_for_a", "B for A", "How often B was taken for A.", back),
  ];
}

const selectsPair = (table) => (row) => selectPair(table.a[row], table.b[row]);

export function verdictTable(model) {
  const table = model.verdicts;
  const named = (row) => table.names[table.verdict[row]];
  const advice = text(
    "advice",
    "Advice",
    "What can be done.",
    (row) => table.advice[table.verdict[row]],
    {
      hidden: true,
      searched: false,
    },
  );
  return {
    key: "pairs",
    name: "Pairs by verdict",
    what: "Pairs that are confused or held similar, and what the taxonomy says of each.",
    length: table.a.length,
    columns: [
      choice("verdict", "Verdict", "Why the pair is mixed up, or might be.", named, table.names),
      ...pairColumns(table, model.classes.label),
      ...confusions(table),
      similarity(table),
      depth(table),
      meets(model, table),
      advice,
    ],
    verdicts: table,
    select: selectsPair(table),
  };
}

export function confusedTable(model) {
  const table = model.confused;
  return {
    key: "confused",
    name: "Confused pairs",
    what: "Pairs of classes of which one was taken for the other.",
    length: table.a.length,
    columns: [
      ...pairColumns(table, model.classes.label),
      ...confusions(table),
      similarity(table),
      meets(model, table),
    ],
    select: selectsPair(table),
  };
}

export function edgeTable(model) {
  const table = model.perceived;
  const { hierarchy } = model;
  const word = (row) => {
    const met = table.subsumer[row];
    return met == null || !hierarchy ? null : conceptWord(hierarchy.name[met]);
  };
  const wuPalmer = "Wu-Palmer similarity in the taxonomy, 1 for the same concept.";
  return {
    key: "edges",
    name: "Edges of the graph",
    what: "The edges of the network's similarity graph: in every cluster, its most similar classes.",
    length: table.a.length,
    columns: [
      ...pairColumns(table, model.classes.label),
      similarity(table),
      depth(table),
      text("subsumer_name", "Meet in", "The deepest concept that both belong to.", word),
      number("wu_palmer", "Wu-Palmer", wuPalmer, (row) => table.wu_palmer[row], 2),
    ],
    select: selectsPair(table),
  };
}

export function contextTable(model) {
  const table = model.context;
  const help = "How much more alike they are than pairs that meet so high up: great is strange.";
  return {
    key: "context",
    name: "Similar against the taxonomy",
    what: "Pairs the network holds similar though the taxonomy does not: often a shared background.",
    length: table.a.length,
    columns: [
      ...pairColumns(table, model.classes.label),
      number("surprise", "Surprise", help, (row) => table.surprise[row], 1),
      similarity(table),
      depth(table),
      meets(model, table),
    ],
    select: selectsPair(table),
  };
}
