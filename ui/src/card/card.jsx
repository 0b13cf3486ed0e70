// The card of what is selected: a class, a pair or a cluster; beside the view or as a sheet.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clearSelection, model, modelNumber, selection } from "../state.js";
import { ClassCard } from "./class_card.jsx";
import { ClusterCard } from "./cluster_card.jsx";
import { NothingSelected } from "./nothing_selected.jsx";
import { PairCard } from "./pair_card.jsx";

export function Card() {
  const panel = useRef();
  const chosen = selection.value;
  const identity = chosen && `${modelNumber.value} ${Object.values(chosen).join(" ")}`;
  useFocusKept(panel, identity);
  return (
    <aside
      class={chosen ? "card card-open" : "card"}
      aria-label={chosen ? "What is selected" : "Where to begin"}
      ref={panel}
    >
      {chosen ? (
        <div class="card-body" key={identity}>
          <button class="icon card-close" onClick={clearSelection} aria-label="Close the card">
            <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
              <path d="m5 5 10 10M15 5 5 15" />
            </svg>
          </button>
          {chosen.kind === "class" && <ClassCard of={model.value} i={chosen.class} />}
          {chosen.kind === "pair" && <PairCard of={model.value} a={chosen.a} b={chosen.b} />}
          {chosen.kind === "cluster" && <ClusterCard of={model.value} cluster={chosen.cluster} />}
        </div>
      ) : (
        <NothingSelected of={model.value} />
      )}
    </aside>
  );
}

/**
 * Whoever goes from card to card keeps the focus in the card, at its heading; whoever closes it
 * gets back to where they came from. A selection made elsewhere leaves the focus there.
 */
function useFocusKept(panel, identity) {
  const inside = useRef(false);
  const cameFrom = useRef(null);
  useEffect(() => {
    const element = panel.current;
    const enter = (event) => {
      inside.current = true;
      const from = event.relatedTarget;
      if (from && !element.contains(from)) cameFrom.current = from;
    };
    // An element that is taken out of the page while it has the focus does not leave the card.
    const leave = (event) => {
      if (event.relatedTarget && !element.contains(event.relatedTarget)) inside.current = false;
    };
    element.addEventListener("focusin", enter);
    element.addEventListener("focusout", leave);
    return () => {
      element.removeEventListener("focusin", enter);
      element.removeEventListener("focusout", leave);
    };
  }, []);
  useLayoutEffect(() => {
    panel.current.scrollTop = 0;
    if (!inside.current || document.activeElement !== document.body) return;
    if (identity) panel.current.querySelector("h3")?.focus({ preventScroll: true });
    else giveBack(cameFrom.current);
    inside.current = Boolean(identity);
  }, [identity]);
}

function giveBack(element) {
  const tab = document.querySelector("[role=tab][aria-selected=true]");
  (element?.isConnected ? element : tab)?.focus({ preventScroll: true });
}
