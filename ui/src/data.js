// Reads the report's data out of the page and makes it quick to ask.

import { unpacked } from "./unpacked.js";

/** The report as `semdepth.writing.report.view` made it, its models prepared. */
export async function readReport() {
  const report = await unpacked();
  return { ...report, models: report.models.map(prepare) };
}

/**
 * A model with what the views ask again and again: classes by name, members by cluster, and for
 * every class its perceived, confused and semantic edges (as positions in those tables).
 */
export function prepare(model) {
  const { classes, clusters } = model;
  const n = classes.label.length;
  const members = clusters.size.map(() => []);
  classes.cluster.forEach((cluster, i) => members[cluster].push(i));
  return {
    ...model,
    n,
    byLabel: new Map(classes.label.map((label, i) => [label, i])),
    members,
    perceivedOf: edgesByClass(model.perceived, n),
    confusedOf: edgesByClass(model.confused, n),
    semanticOf: edgesByClass(model.semantic, n),
  };
}

function edgesByClass(table, n) {
  const found = Array.from({ length: n }, () => []);
  if (table) {
    table.a.forEach((a, edge) => {
      found[a].push(edge);
      found[table.b[edge]].push(edge);
    });
  }
  return found;
}

/** A table's row as an object; null for no row. */
export function row(table, position) {
  if (!table || position == null || position < 0) return null;
  const found = {};
  for (const [name, column] of Object.entries(table)) {
    if (Array.isArray(column)) found[name] = column[position];
  }
  return found;
}

/** The position of the edge between two classes in a table, -1 if there is none. */
export function edgeBetween(model, layer, a, b) {
  const table = model[layer];
  const edge = model[`${layer}Of`][a].find((e) => table.a[e] === b || table.b[e] === b);
  return edge ?? -1;
}

/** Concepts from one up to the root, itself first. */
export function pathToRoot(hierarchy, concept) {
  const path = [];
  for (let at = concept; at != null && at >= 0; at = hierarchy.parent[at]) path.push(at);
  return path;
}

/** The word of a concept's name: "great_white_shark.n.01" is "great white shark". */
export function conceptWord(name) {
  return name.replace(/\.n\.\d+$/, "").replaceAll("_", " ");
}

/** What a cluster is called: the word of its common concept, or its number. */
export function clusterName(model, cluster) {
  if (model.clusters.is_noise[cluster]) return "noise";
  const name = model.clusters.name[cluster];
  return name ? conceptWord(name) : `cluster ${cluster}`;
}
