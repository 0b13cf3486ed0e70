// The whole page: what was compared, the models as a table, then pictures, tests and the method.

import { useEffect } from "preact/hooks";
import { Masthead } from "../parts/masthead.jsx";
import { Safe } from "../parts/safe.jsx";
import { About, Colophon } from "./about.jsx";
import { Alignment } from "./alignment.jsx";
import { Associations } from "./associations.jsx";
import { ClustererChoice } from "./clusterer_choice.jsx";
import { Failed, Headline } from "./headline.jsx";
import { ModelsTable, PairsTable } from "./model_tables.jsx";
import { Ranking } from "./ranking.jsx";
import { Scatter } from "./scatter.jsx";
import { Stability } from "./stability.jsx";
import { clusterer, comparison, marked, tests } from "./state.js";

export function Page() {
  useEffect(() => {
    document.addEventListener("keydown", letGoOnEscape);
    return () => document.removeEventListener("keydown", letGoOnEscape);
  }, []);
  const { models, stability } = comparison.value;
  const shown = SECTIONS.filter(({ when }) =>
    when({ k: models.length, stability, tests: tests.value }),
  );
  return (
    <>
      <a class="skip" href="#models">
        Skip to the models
      </a>
      <Masthead title={comparison.value.title}>
        <ClustererChoice />
      </Masthead>
      <main>
        <Headline sections={shown} />
        <Failed />
        {shown.map(({ id, title, Part }) => (
          <section key={id} id={id} class={`part part-${id}`} aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>{title}</h2>
            <Safe>
              <Part />
            </Safe>
          </section>
        ))}
      </main>
      <Colophon />
      <p class="unseen" role="status">
        {spoken()}
      </p>
    </>
  );
}

const always = () => true;

const SECTIONS = [
  { id: "models", title: "Models", Part: ModelsTable, when: always },
  { id: "scatter", title: "What goes with depth", Part: Together, when: ({ k }) => k > 1 },
  { id: "ranking", title: "Ranking", Part: Ranking, when: always },
  {
    id: "stability",
    title: "Does the ranking hang on the clusterer?",
    Part: Stability,
    when: ({ stability }) => stability?.concordance != null,
  },
  {
    id: "pairs",
    title: "Do two models differ?",
    Part: PairsTable,
    when: ({ tests: { first } }) => first.length > 0,
  },
  {
    id: "alignment",
    title: "Which models see the classes alike?",
    Part: Alignment,
    when: ({ k }) => k > 1,
  },
  { id: "about", title: "How this was made", Part: About, when: always },
];

function Together() {
  return (
    <div class="together">
      <Scatter />
      <Associations />
    </div>
  );
}

function letGoOnEscape(event) {
  if (event.key === "Escape" && !event.defaultPrevented && marked.value.size) {
    marked.value = new Set();
  }
}

function spoken() {
  const names = [...marked.value].map((model) => comparison.value.models[model]);
  return `Clusterer ${clusterer.value}. ${names.length ? `Marked: ${names.join(", ")}.` : "No model is marked."}`;
}
