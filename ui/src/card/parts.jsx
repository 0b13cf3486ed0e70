// What the cards are made of: headed sections, short lists that open, ways through concepts.

import { useState } from "preact/hooks";
import { conceptWord } from "../data.js";
import { count } from "../format.js";

export function Section({ title, children }) {
  return (
    <section class="card-section">
      <h4>{title}</h4>
      {children}
    </section>
  );
}

/** The first `shown` rows, and a button for all the others. */
export function ShortList({ items, shown = 5, className = "rows", children }) {
  const [all, setAll] = useState(false);
  const rows = all ? items : items.slice(0, shown);
  return (
    <>
      <ul class={className}>{rows.map(children)}</ul>
      {items.length > shown && (
        <button class="more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${count(items.length)}`}
        </button>
      )}
    </>
  );
}

/** A concept as a word, its gloss in the title. */
export function Concept({ of: { hierarchy }, concept }) {
  return (
    <bdi dir="auto" title={hierarchy.gloss[concept] ?? hierarchy.name[concept]}>
      {conceptWord(hierarchy.name[concept])}
    </bdi>
  );
}

/** Concepts from the deepest up; `mark` says what meets at one of them. */
export function Way({ of, concepts, marked, mark }) {
  return (
    <ol class="way">
      {concepts.map((concept) => (
        <li key={concept} class={concept === marked ? "way-mark" : undefined}>
          <Concept of={of} concept={concept} />
          <span class="quiet"> {of.hierarchy.depth[concept]}</span>
          {concept === marked && <span class="way-note"> {mark}</span>}
        </li>
      ))}
    </ol>
  );
}
