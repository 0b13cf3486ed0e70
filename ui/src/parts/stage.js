// Brings the views and the card into sight, for what is chosen elsewhere on the page.

import { batch } from "@preact/signals";
import { selection, view } from "../state.js";

const stage = () => document.getElementById("stage");

export function scrollToStage(behavior = "auto") {
  stage()?.scrollIntoView({ behavior });
}

/** Show a place of this model and take the reader there: the picture into sight, focus to the card. */
export function goTo({ selection: chosen, view: shown }) {
  batch(() => {
    selection.value = chosen;
    if (shown) view.value = shown;
  });
  scrollToStage();
  // The card is drawn first.
  setTimeout(() => stage()?.querySelector(".card-open h3")?.focus({ preventScroll: true }));
}

/** Is it on the stage already, so that nothing needs to move? */
export const isOnStage = (element) => Boolean(stage()?.contains(element));

/** Scroll there unless most of the picture is in sight. */
export function revealStage() {
  const { top } = stage().getBoundingClientRect();
  if (top > window.innerHeight / 3 || top < -window.innerHeight / 2) scrollToStage();
}
