// What was compared, what came of it in a few sentences, and what failed.

import { counted } from "../format.js";
import { clusterer, comparison } from "./state.js";

export function Headline({ sections }) {
  const { models, classes, clusterers, has_predictions, headlines } = comparison.value;
  const facts = [
    counted(models.length, "model", "models"),
    `${counted(classes, "class", "classes")}${models.length > 1 ? " that all of them have" : ""}`,
    `clusters by ${clusterers.join(", ")}`,
    has_predictions ? "with predictions" : "without predictions",
  ];
  return (
    <section class="headline" aria-labelledby="headline-title">
      <h2 class="unseen" id="headline-title">
        What was compared
      </h2>
      <p class="subject">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      <ul class="told">
        {headlines[clusterer.value].map((sentence) => (
          <li key={sentence} dir="auto">
            {sentence}
          </li>
        ))}
      </ul>
      <nav class="contents" aria-label="Parts of this page">
        {sections.map(({ id, title }) => (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ))}
      </nav>
    </section>
  );
}

export function Failed() {
  const { failed } = comparison.value;
  if (!failed.length) return null;
  return (
    <section class="failed-models" aria-labelledby="failed-title">
      <h2 id="failed-title">{counted(failed.length, "model", "models")} failed</h2>
      <dl tabIndex={0}>
        {failed.map(({ model, error }) => (
          <div key={model}>
            <dt>
              <bdi dir="auto">{model}</bdi>
            </dt>
            <dd dir="auto">{error}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
