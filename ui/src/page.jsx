// The whole page: the answer first, then one view at a time, with the selected class's card.

import { useEffect } from "preact/hooks";
import { Answer } from "./answer/answer.jsx";
import { Card } from "./card/card.jsx";
import { Difference } from "./difference/difference.jsx";
import { Announcer } from "./parts/announcer.jsx";
import { Masthead } from "./parts/masthead.jsx";
import { ModelSwitch } from "./parts/model_switch.jsx";
import { Views } from "./parts/views.jsx";
import { scrollToStage } from "./parts/stage.js";
import { Search } from "./search/search.jsx";
import { clearSelection, modelNumber, report, selection } from "./state.js";

export function Page() {
  useEffect(showPlaceAsked, []);
  useEffect(() => {
    document.addEventListener("keydown", clearOnEscape);
    return () => document.removeEventListener("keydown", clearOnEscape);
  }, []);
  return (
    <>
      <a class="skip" href="#stage" onClick={skipToViews}>
        Skip to the pictures
      </a>
      <Masthead title={report.value.title}>
        <ModelSwitch />
        <Search key={modelNumber.value} />
      </Masthead>
      <main>
        <Answer />
        {report.value.difference && <Difference />}
        <div class="stage" id="stage">
          <Views />
          <Card />
        </div>
      </main>
      <Colophon />
      <Announcer />
    </>
  );
}

function Colophon() {
  const { semdepth, models } = report.value;
  const wordnet = models.some(({ taxonomy }) => /wordnet/i.test(taxonomy));
  return (
    <footer class="colophon">
      Made by semdepth {semdepth}. Method: Filus, Romaszewski, Żarski, arXiv 2504.09956.
      {wordnet && " WordNet 3.0 © 2006 Princeton University."}
    </footer>
  );
}

// Whoever sent a link to a class meant the class, not the page's top.
function showPlaceAsked() {
  if (/(class|pair|cluster|view)=/.test(location.hash)) scrollToStage("instant");
}

// The address names the place in the report, so a skip link must not take it over.
function skipToViews(event) {
  event.preventDefault();
  scrollToStage();
  document.querySelector("[role=tab][aria-selected=true]").focus({ preventScroll: true });
}

function clearOnEscape(event) {
  if (event.key === "Escape" && !event.defaultPrevented && selection.value) clearSelection();
}
