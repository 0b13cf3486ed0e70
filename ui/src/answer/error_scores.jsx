// What likeness has to do with the errors: compliance beside chance, accuracy, the forecast.

import { count, fixed, percent } from "../format.js";
import { ChanceBar } from "../parts/bars.jsx";
import { Explain } from "../parts/explain.jsx";

export function ErrorScores({ of: { scores } }) {
  return (
    <div class="error-scores">
      <h3>
        Likeness and errors
        <Explain what="compliance">
          The confusions make a graph of their own. A likeness "caused confusion" if the two classes
          are joined there too; a confusion is "explained" if they are joined by likeness. Direct
          asks for the same edge, extended for one cluster that touches both. The dashed mark is what
          the same graph gives with its names dealt out at random; one big cluster alone makes
          extended 100%, and only that mark shows it.
        </Explain>
      </h3>
      {scores.accuracy != null && <p class="lead">{accuracyWords(scores)}</p>}
      {scores.direct && <Compliance {...scores} />}
      {scores.direct && (
        <p class="key">
          <span class="key-chance">what chance would give</span>
        </p>
      )}
      {scores.forecast && <Foretold forecast={scores.forecast} />}
    </div>
  );
}

function accuracyWords({ accuracy, samples, severity }) {
  const depth =
    severity?.depth == null
      ? ""
      : ` A mistake stays, on average, within a concept at depth ${fixed(severity.depth, 1)}.`;
  const seen = samples ? ` of ${count(samples)} samples` : "";
  return `${percent(accuracy, 1)}${seen} were recognised.${depth}`;
}

function Compliance({ direct, extended }) {
  return (
    <table class="compliance">
      <thead class="unseen">
        <tr>
          <th scope="col">Compliance</th>
          <th scope="col">Share</th>
          <th scope="col">Beside chance</th>
          <th scope="col">Times chance</th>
        </tr>
      </thead>
      <Ratio name="Likenesses that caused confusion" key="causing" ratio="causing" {...{ direct, extended }} />
      <Ratio name="Confusions that likeness explains" key="explained" ratio="explained" {...{ direct, extended }} />
    </table>
  );
}

function Ratio({ name, ratio, direct, extended }) {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={4}>
          {name}
        </th>
      </tr>
      <RatioRow kind="direct" found={direct?.[ratio]} />
      <RatioRow kind="extended" found={extended?.[ratio]} />
    </tbody>
  );
}

function RatioRow({ kind, found }) {
  if (!found) return null;
  const { observed, null_mean: chance, lift, reason } = found;
  const by = chance == null ? "" : `, by chance ${percent(chance, 1)}`;
  return (
    <tr>
      <th scope="row">{kind}</th>
      <td class="number">{observed == null ? "undefined" : percent(observed)}</td>
      <td>
        {observed == null ? (
          <span class="quiet">{reason || "nothing to count"}</span>
        ) : (
          <ChanceBar value={observed} chance={chance} label={`${percent(observed)}${by}`} />
        )}
      </td>
      <td class="lift">{lift == null ? "" : `${times(lift)} chance`}</td>
    </tr>
  );
}

const times = (lift) => `${lift >= 10 ? count(Math.round(lift)) : fixed(lift, 1)} ×`;

function Foretold({ forecast }) {
  const { at_confused: at, reason } = forecast;
  if (at?.precision == null) return reason ? <p class="quiet">No forecast: {reason}</p> : null;
  return (
    <p class="foretold">
      Of the <b>{count(at.k)}</b> pairs most alike to the weights, <b>{percent(at.precision)}</b> are
      confused {count(at.least_count)} times or more
      {at.lift == null ? "" : <>: <b>{times(at.lift)}</b> what chance gives</>}.
      <Explain what="the forecast">
        All pairs of classes, ranked by likeness alone, are held against how often they are really
        confused. As many are looked at as are confused {count(forecast.often)} times or more.
      </Explain>
    </p>
  );
}
