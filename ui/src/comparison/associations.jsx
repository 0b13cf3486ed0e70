// Whether scores go together over the models, one sentence each, with its interval and a caution.

import { clusterer, comparison } from "./state.js";

export function Associations() {
  const { associations, models, has_predictions } = comparison.value;
  const found = associations.filter(({ group }) => group === clusterer.value);
  const others = associations.filter(
    ({ group }) => !comparison.value.clusterers.includes(group),
  );
  const shown = [...found, ...others];
  // The same for all of them, but for those at an equal third.
  const cautions = [...new Set(shown.map(({ caution }) => caution))].filter(Boolean);
  return (
    <div class="associations">
      <h3>In words</h3>
      {shown.length === 0 && <p class="quiet">{whyNone(models.length, has_predictions)}</p>}
      {shown.length > 0 && (
        <>
          <ul>
            {shown.map(({ group, scores, given, sentence }) => (
              <li key={`${group} ${scores} ${given}`}>{sentence}</li>
            ))}
          </ul>
          {cautions.length > 0 && <p class="caution">{cautions.join(" ")}</p>}
          <p class="quiet">
            Intervals and p-values take the models for independent ones. Epochs of one run and
            relatives of one architecture are not, so that the truth is less certain than it looks.
            None is adjusted to how many are listed: of twenty relations that do not exist, one
            passes p &lt; .05.
          </p>
        </>
      )}
    </div>
  );
}

function whyNone(k, predicted) {
  if (k < 4) return "Correlations over fewer than four models would say nothing.";
  if (!predicted) return "Without predictions there is nothing to set beside depth.";
  return "Correlations need predictions of every model.";
}
