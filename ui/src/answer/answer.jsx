// The answer on one screen: what was looked at, how deep its likenesses lie, what they foretell.

import { model, modelNumber, report } from "../state.js";
import { count, counted } from "../format.js";
import { DepthScore } from "./depth_score.jsx";
import { ErrorScores } from "./error_scores.jsx";
import { Findings, Notes } from "./findings.jsx";

export function Answer() {
  const { models } = report.value;
  const two = models.length > 1;
  const withErrors = models.some(({ scores }) => scores.direct || scores.accuracy != null);
  const kind = two ? "answer-two" : withErrors ? "answer-errors" : "answer-plain";
  return (
    <section class={`answer ${kind}`} aria-labelledby="answer-title">
      <h2 class="unseen" id="answer-title">
        The answer
      </h2>
      {models.map((each, number) => (
        <ModelAnswer key={number} of={each} number={number} two={two} />
      ))}
      <div class="answer-found">
        <Findings of={model.value} key={modelNumber.value} />
        <Notes of={model.value} />
      </div>
    </section>
  );
}

function ModelAnswer({ of, two }) {
  return (
    <>
      <div class="answer-depth">
        <Subject of={of} two={two} />
        <DepthScore of={of} />
      </div>
      {(of.scores.direct || of.scores.accuracy != null) && (
        <div class="answer-mistakes">
          <ErrorScores of={of} />
        </div>
      )}
    </>
  );
}

/** What was looked at: classes, layer, taxonomy, predictions. */
function Subject({ of, two }) {
  const placed = of.classes.concept.filter((concept) => concept != null).length;
  const facts = [
    counted(of.n, "class", "classes") + (of.names_from ? ` (names: ${of.names_from})` : ""),
    of.tensor && `${of.tensor}${of.dimension ? `, ${count(of.n)} × ${count(of.dimension)}` : ""}`,
    of.taxonomy + (placed < of.n ? `, ${count(placed)} of ${count(of.n)} classes placed` : ""),
    of.scores.confusion_source,
  ];
  return (
    <p class="subject">
      {two && (
        <strong>
          <bdi dir="auto">{of.title}</bdi>
        </strong>
      )}
      {facts.filter(Boolean).map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}
