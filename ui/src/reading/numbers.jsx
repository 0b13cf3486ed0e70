// Every number of the report in a sentence or two, with what chance gives for this model.

import { fixed, percent } from "../format.js";

export function Numbers({ of: { scores, classes } }) {
  const { depth, direct } = scores;
  return (
    <dl class="meanings">
      <dt>Similarity</dt>
      <dd>
        From 0, the least alike pair of all, to 1. Most pairs of classes lie near the bottom; what
        counts is who is nearest to whom.
      </dd>
      <dt>Similarity Depth</dt>
      <dd>
        Mean depth at which the two classes of an edge meet. {here(depth.observed)}
      </dd>
      <dt>Chance</dt>
      <dd>
        The same trees with the class names dealt out at random; exact, being the mean over all pairs
        of classes. {here(depth.null_mean)} The p-value is the share of random relabellings that came
        as far, the real one counted in.
      </dd>
      <dt>Ceiling and normalised</dt>
      <dd>
        The greatest mean depth that any forest with as many edges could have. {here(depth.ceiling)}{" "}
        Normalised is where the network stands between chance (0) and ceiling (1), and the one number
        to compare between different sets of classes. {here(depth.normalised)}
      </dd>
      <dt>95% interval</dt>
      <dd>
        How far Similarity Depth moves if the clusters are drawn again, a thousand times. Where few
        clusters are left it is wide, and may reach beyond the ceiling.
      </dd>
      {classes.local_depth && <LocalDepth />}
      {direct && <Compliance direct={direct} />}
      {scores.forecast && <Forecast often={scores.forecast.often} />}
      <OddAndContext />
    </dl>
  );
}

const here = (value) => (value == null ? "Undefined here." : `Here ${fixed(value)}.`);

function LocalDepth() {
  return (
    <>
      <dt>Local depth</dt>
      <dd>
        The same for one class: the mean depth of its own edges, beside the mean of its depths with
        all other classes, which is what chance gives.
      </dd>
    </>
  );
}

function Compliance({ direct: { causing, explained } }) {
  const by = ({ observed, null_mean: chance }) =>
    observed == null ? "" : `Here ${percent(observed)}, by chance ${percent(chance, 2)}.`;
  return (
    <>
      <dt>Likenesses that caused confusion</dt>
      <dd>The share of perceived edges that are edges of the confusions too. {by(causing)}</dd>
      <dt>Confusions that likeness explains</dt>
      <dd>The share of the confusions' edges that are perceived edges too. {by(explained)}</dd>
      <dt>Direct and extended</dt>
      <dd>
        Direct asks for the same edge. Extended also accepts a cluster of the other graph whose edges
        touch both classes; a single big cluster makes it 100% by construction, so look at chance.
      </dd>
    </>
  );
}

function Forecast({ often }) {
  return (
    <>
      <dt>Forecast</dt>
      <dd>
        Pairs ranked by similarity alone: how many of the first are really confused often ({often} times
        or more), and how many times chance that is.
      </dd>
    </>
  );
}

function OddAndContext() {
  return (
    <>
      <dt>Odd classes</dt>
      <dd>
        Classes whose five nearest templates are no kin: they meet it less deep than classes picked at
        random would.
      </dd>
      <dt>Context pairs</dt>
      <dd>
        Pairs far more alike than pairs that meet at the same depth usually are, in standard
        deviations. Often they share a setting: what is seen together is taken together.
      </dd>
    </>
  );
}

export function Verdicts({ verdicts: { names, meaning, advice, counts, related_from: from } }) {
  return (
    <>
      <p>
        Confused: an edge of the confusions' forest. Seen as similar: an edge of the perceived forest,
        or both in one cluster. Of a kind: they meet
        {from == null ? " among the deepest twentieth of all pairs" : ` at depth ${from} or deeper`}.
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label="Verdicts">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">Pairs</th>
              <th scope="col">Meaning</th>
              <th scope="col">What one might do</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name, at) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{counts[at]}</td>
                <td>{meaning[at]}</td>
                <td>{advice[at]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
