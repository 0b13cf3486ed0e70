// Every score of a model in one table, beside chance where chance has a say.

import { count, fixed, percent, pValue } from "../format.js";

export function AllNumbers({ of: { scores } }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="All numbers">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Here</th>
            <th scope="col">By chance</th>
            <th scope="col">Besides</th>
          </tr>
        </thead>
        <tbody>
          {rows(scores).map(([name, here, chance, besides]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{here}</td>
              <td class="number">{chance ?? ""}</td>
              <td>{besides ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rows({ depth, direct, extended, forecast, severity, alignments, accuracy, samples }) {
  return [
    ...depthRows(depth),
    ...complianceRows("direct", direct),
    ...complianceRows("extended", extended),
    accuracy != null && ["Accuracy", percent(accuracy, 1), "", samples && `${count(samples)} samples`],
    ...forecastRows(forecast),
    ...severityRows(severity),
    ...(alignments ?? []).map(alignmentRow),
  ].filter(Boolean);
}

function depthRows(depth) {
  const [from, to] = depth.interval ?? [];
  const sd = depth.null_sd == null ? "" : ` ± ${fixed(depth.null_sd)}`;
  const besides = [
    depth.p_value != null && pValue(depth.p_value),
    from != null && `95% interval ${fixed(from)} to ${fixed(to)}`,
    depth.reason,
  ];
  return [
    ["Similarity Depth", fixed(depth.observed), fixed(depth.null_mean) + sd, listed(besides)],
    ["Ceiling", fixed(depth.ceiling)],
    ["Normalised", fixed(depth.normalised, 3), "0", "ceiling: 1"],
    ["Mean Wu-Palmer similarity of the edges", fixed(depth.mean_wu_palmer, 3)],
  ];
}

const listed = (parts) => parts.filter(Boolean).join(", ");

function complianceRows(kind, found) {
  if (!found) return [];
  const row = (name, { observed, null_mean: chance, p_value: p, lift, reason }) => [
    `${name}, ${kind}`,
    percent(observed, 1),
    percent(chance, 2),
    listed([p != null && pValue(p), lift != null && `${fixed(lift, 1)} × chance`, reason]),
  ];
  return [
    row("Likenesses that caused confusion", found.causing),
    row("Confusions that likeness explains", found.explained),
  ];
}

function forecastRows(found) {
  if (!found) return [];
  const at = ({ k, least_count: least, precision, chance, lift }) => [
    `Of the ${count(k)} most alike pairs, confused ${count(least)} times or more`,
    percent(precision, 1),
    percent(chance, 3),
    lift == null ? "" : `${fixed(lift, 1)} × chance`,
  ];
  return [
    found.at_confused && at(found.at_confused),
    found.at_n && at(found.at_n),
    ["Average precision of pairs confused often", fixed(found.average_precision, 3), "", found.reason],
    ["Nearest template is most confused partner", percent(found.nearest_is_most_confused, 1)],
    ["Rank correlation over confused pairs (Spearman)", fixed(found.spearman, 3), "0"],
    ["Often above seldom confused (AUC)", fixed(found.auc_often_seldom, 3), "0.5"],
  ];
}

function severityRows(found) {
  if (!found) return [];
  return [
    ["Mistakes: mean depth where the two classes meet", fixed(found.depth), "", `${count(found.mistakes)} mistakes`],
    ["Mistakes: edges between the two classes", fixed(found.distance)],
    ["Mistakes: height of where they meet", fixed(found.height)],
    ["Hierarchical precision of the mistakes", fixed(found.hierarchical_precision, 3)],
    ["Hierarchical recall of the mistakes", fixed(found.hierarchical_recall, 3)],
    ["Hierarchical F of the mistakes", fixed(found.hierarchical_f, 3)],
  ];
}

function alignmentRow({ kinds, cosine, spearman, p_value: p }) {
  return [
    `${kinds[0]} against ${kinds[1]} matrix (Spearman)`,
    fixed(spearman, 3),
    "0",
    listed([p != null && pValue(p), cosine != null && `cosine ${fixed(cosine, 3)}`]),
  ];
}
