// What can be searched for, and in which order it is found: names first, then ids and concepts.

import { clusterName, conceptWord } from "../data.js";
import { counted } from "../format.js";

const made = new WeakMap();

/** Everything of a model that has a name, made once: [{kind, number, name, note, texts}]. */
export function searchIndex(model) {
  if (!made.has(model)) made.set(model, [...classEntries(model), ...clusterEntries(model)]);
  return made.get(model);
}

function classEntries({ classes, hierarchy }) {
  return classes.label.map((name, number) => {
    const concept = classes.concept[number];
    const word = concept != null && hierarchy ? conceptWord(hierarchy.name[concept]) : "";
    const id = classes.id?.[number] ?? "";
    const note = [word !== plain(name) && word, id].filter(Boolean).join(" · ");
    return entry("class", number, name, note, [name, id, word]);
  });
}

function clusterEntries(model) {
  return model.clusters.size.map((size, number) => {
    const name = clusterName(model, number);
    const note = `cluster ${number}, ${counted(size, "class", "classes")}`;
    return entry("cluster", number, name, note, [name, `cluster ${number}`]);
  });
}

const entry = (kind, number, name, note, texts) => ({
  kind,
  number,
  name,
  note,
  key: `${kind}${number}`,
  texts: texts.map(plain),
});

/** Small letters without accents: "Café" is found by "cafe". */
function plain(text) {
  return text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
}

/** The `most` best entries for what was typed; of equally good ones the shorter name first. */
export function find(index, typed, most) {
  const wanted = plain(typed.trim());
  if (!wanted) return [];
  const words = wanted.split(/\s+/);
  const hits = [];
  for (const each of index) {
    const rank = rankOf(each, wanted, words);
    if (rank < Infinity) hits.push({ rank, each });
  }
  hits.sort(
    (x, y) =>
      x.rank - y.rank || x.each.texts[0].length - y.each.texts[0].length || x.each.number - y.each.number,
  );
  return hits.slice(0, most).map(({ each }) => each);
}

// The whole name, its beginning, the beginning of a word, anywhere; then all words somewhere.
function rankOf({ kind, texts }, wanted, words) {
  let best = Infinity;
  texts.forEach((text, at) => {
    const place = text.indexOf(wanted);
    if (place < 0) return;
    const grade = text === wanted ? 0 : place === 0 ? 1 : text.includes(` ${wanted}`) ? 2 : 3;
    best = Math.min(best, 2 * grade + Math.min(at, 1));
  });
  if (best === Infinity && words.length > 1 && inAny(texts, words)) best = 8;
  return best + (kind === "cluster" ? 0.5 : 0);
}

const inAny = (texts, words) => words.every((word) => texts.some((text) => text.includes(word)));
