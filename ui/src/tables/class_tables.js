// The tables of classes and of clusters, and that of odd classes.

import { clusterName } from "../data.js";
import { selectClass, selectCluster } from "../state.js";
import { choice, className, number, text } from "./columns.js";

const MEMBERS_SHOWN = 6;

export function classTable(model) {
  const { label } = model.classes;
  const columns = [
    className("class", "Class", "The class, by its name.", (row) => row, label),
    ...placeColumns(model),
    ...depthColumns(model.classes),
    ...nearestColumns(model.classes, label),
  ];
  return {
    key: "classes",
    name: "Classes",
    what: "Every class: where it stands in the taxonomy and in the network.",
    length: model.n,
    columns: columns.filter(Boolean),
    select: selectClass,
  };
}

function placeColumns(model) {
  const { classes, hierarchy } = model;
  const ways = [...new Set(classes.placed_by)].sort();
  const concept = (row) =>
    classes.concept[row] == null || !hierarchy ? null : hierarchy.name[classes.concept[row]];
  const placed = (row) => classes.placed_by[row];
  return [
    text("id", "Id", "What the class list calls it.", (row) => classes.id[row]),
    text("concept", "Concept", "Its place in the taxonomy.", concept),
    choice("placed_by", "Placed by", "How that place was found.", placed, ways),
    clusterColumn(model),
  ];
}

function depthColumns({ local_depth, chance_depth, accuracy, seen }) {
  const good = "Mean depth of its edges: deep is good.";
  const chance = "The local depth chance would give.";
  const right = "Share of its samples that were recognised.";
  const samples = "Samples of it in the predictions.";
  return [
    number("local_depth", "Local depth", good, (row) => local_depth[row], 2),
    number("chance_depth", "By chance", chance, (row) => chance_depth[row], 2),
    accuracy && number("accuracy", "Recognised", right, (row) => accuracy[row], 2),
    seen && number("seen", "Samples", samples, (row) => seen[row]),
  ];
}

function nearestColumns({ nearest, nearest_similarity }, label) {
  if (!nearest) return [];
  const first = (row) => label[nearest[row]?.[0]] ?? null;
  const help = "How alike the two are to the network.";
  return [
    text("nearest", "Most similar", "The class most similar to it to the network.", first),
    number(
      "nearest_similarity",
      "Similarity",
      help,
      (row) => nearest_similarity[row]?.[0] ?? null,
      2,
    ),
  ];
}

const clusterColumn = (model) =>
  text("cluster", "Cluster", "The cluster it is in.", (row) => {
    const cluster = model.classes.cluster[row];
    const name = clusterName(model, cluster);
    // Many clusters share a name, so each keeps its number.
    return name.endsWith(String(cluster)) ? name : `${name} (${cluster})`;
  });

export function clusterTable(model) {
  const { clusters, classes, members } = model;
  const listed = (row, most) =>
    members[row]
      .slice(0, most)
      .map((one) => classes.label[one])
      .join("; ");
  const shown = (row) =>
    listed(row, MEMBERS_SHOWN) + (members[row].length > MEMBERS_SHOWN ? " …" : "");
  const help = "Mean depth of the cluster's edges in the taxonomy.";
  return {
    key: "clusters",
    name: "Clusters",
    what: "Groups of classes the network holds together.",
    length: clusters.size.length,
    columns: [
      number("cluster", "Number", "The cluster's number.", (row) => row, 0, { said: String }),
      text("cluster_subsumer", "Meet in", "The concept its classes share.", (row) =>
        clusterName(model, row),
      ),
      number("cluster_size", "Classes", "How many classes are in it.", (row) => clusters.size[row]),
      number("cluster_depth", "Depth", help, (row) => clusters.depth[row], 2),
      text("members", "Its classes", "The classes in it.", (row) => listed(row), { said: shown }),
    ],
    select: selectCluster,
  };
}

export function oddTable(model) {
  const table = model.odd;
  const { label } = model.classes;
  const near = (row) => table.neighbours[row].map((one) => label[one]).join("; ");
  return {
    key: "odd",
    name: "Odd classes",
    what: "Classes by how far their neighbours are from their kind, the strangest first.",
    length: table.class.length,
    columns: [
      className("class", "Class", "The class, by its name.", (row) => table.class[row], label),
      number(
        "normalised",
        "Kinship",
        "0: as by chance, 1: its nearest kin, below 0: worse than chance.",
        (row) => table.normalised[row],
        2,
      ),
      number(
        "depth",
        "Depth",
        "Mean depth where it meets its neighbours.",
        (row) => table.depth[row],
        1,
      ),
      number("chance", "By chance", "What chance would give.", (row) => table.chance[row], 1),
      number(
        "ceiling",
        "Ceiling",
        "What its nearest kin would give.",
        (row) => table.ceiling[row],
        1,
      ),
      text("neighbours", "Neighbours", "The classes the network holds most similar.", near),
    ],
    select: (row) => selectClass(table.class[row]),
  };
}
