// What the reader looks at: one clusterer, one score beside depth, the models that are marked.

import { batch, computed, signal } from "@preact/signals";
import { SCORES } from "./scores.js";

export const comparison = signal(null);
export const clusterer = signal(null);

/** The score that the scatter has upwards, by its key. */
export const score = signal(null);

/** Numbers of the models that stand out in every picture until they are let go. */
export const marked = signal(new Set());

/** The model under the pointer or the keyboard's focus, null for none. */
export const pointed = signal(null);

/** The table of the clusterer that is shown: equally long columns, a row a model. */
export const rows = computed(() => comparison.value.rows[clusterer.value]);

export const tests = computed(() => comparison.value.tests[clusterer.value]);

/** The scores that any model has, under the clusterer that is shown. */
export const knownScores = computed(() =>
  SCORES.filter(({ key }) => rows.value[key].some((value) => value != null)),
);

export const stands = (model) => marked.value.has(model) || pointed.value === model;

export function toggleMark(model) {
  const changed = new Set(marked.value);
  if (!changed.delete(model)) changed.add(model);
  marked.value = changed;
}

/** Mark these alone; none if they are what is marked. */
export function markOnly(models) {
  const are = marked.value;
  const same = are.size === models.length && models.every((model) => are.has(model));
  marked.value = new Set(same ? [] : models);
}

export function open(opened) {
  batch(() => {
    comparison.value = opened;
    clusterer.value = opened.clusterers[0];
    score.value = opened.has_predictions ? "explained" : "taxonomy_alignment";
  });
}
