// What the reader looks at: one selection, one view, one model, shared by all parts of the page.

import { batch, computed, effect, signal } from "@preact/signals";
import { formatHash, pairOf, parseHash } from "./link.js";

export const VIEWS = ["graph", "matrix", "hierarchy", "tables", "reading"];

export const report = signal(null);
export const modelNumber = signal(0);
export const model = computed(() => report.value?.models[modelNumber.value] ?? null);

/** null, {kind: "class", class}, {kind: "pair", a, b} or {kind: "cluster", cluster}. */
export const selection = signal(null);
export const view = signal("graph");

/** Which table is shown, how it is filtered and sorted, as tables/place.js writes it. */
export const tableWish = signal(undefined);

/** Layers of the graph that are drawn. */
export const layers = signal({ perceived: true, confused: true, semantic: false });

export const selectClass = (i) => (selection.value = { kind: "class", class: i });
export const selectPair = (a, b) => (selection.value = pairOf(a, b));
export const selectCluster = (cluster) => (selection.value = { kind: "cluster", cluster });
export const clearSelection = () => (selection.value = null);

/** Select and show it in the graph. */
export function showInGraph(select) {
  batch(() => {
    select();
    view.value = "graph";
  });
}

/** Show the other model; what was selected stays selected if it has the same classes there. */
export function showModel(number) {
  const labels = model.value.classes.label;
  const { byLabel } = report.value.models[number];
  const chosen = selection.value;
  const there = (i) => byLabel.get(labels[i]);
  let kept = null;
  if (chosen?.kind === "class" && there(chosen.class) !== undefined) {
    kept = { kind: "class", class: there(chosen.class) };
  } else if (chosen?.kind === "pair" && [chosen.a, chosen.b].every((i) => there(i) !== undefined)) {
    kept = pairOf(there(chosen.a), there(chosen.b));
  }
  batch(() => {
    modelNumber.value = number;
    selection.value = kept;
  });
}

/** The classes that are selected, as a set: none, one, two, or a cluster's. */
export const selectedClasses = computed(() => {
  const chosen = selection.value;
  if (!chosen) return new Set();
  if (chosen.kind === "class") return new Set([chosen.class]);
  if (chosen.kind === "pair") return new Set([chosen.a, chosen.b]);
  return new Set(model.value.members[chosen.cluster]);
});

/** The hash of a place of the model that is shown; its view unless another is named. */
export function hashOf(chosen, { inView = view.value, inModel = modelNumber.value } = {}) {
  return formatHash({ model: inModel, view: inView, selection: chosen }, report.value) || "#";
}

/** Take over a report and follow its address from now on, both ways. */
export function open(opened) {
  report.value = opened;
  follow();
  window.addEventListener("hashchange", follow);
  effect(() => {
    const place = {
      model: modelNumber.value,
      view: view.value === VIEWS[0] ? undefined : view.value,
      selection: selection.value,
      rows: view.value === "tables" ? tableWish.value : undefined,
    };
    const hash = formatHash(place, opened);
    // Replaced, not pushed: looking at twenty classes should not bury the way back.
    if (hash !== location.hash) writeAddress(hash);
  });
}

// In a notebook's frame the page has no address of its own, and may not change it.
function writeAddress(hash) {
  try {
    history.replaceState(null, "", hash || location.pathname + location.search);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}

function follow() {
  const place = parseHash(location.hash, report.value);
  batch(() => {
    modelNumber.value = place.model;
    selection.value = place.selection;
    if (VIEWS.includes(place.view)) view.value = place.view;
    if (place.rows) tableWish.value = place.rows;
  });
}
