// The taxonomy of the classes as a tree of blocks: concepts inside, classes as leaves.

import { conceptWord } from "../data.js";

/**
 * @typedef {object} Block
 * @property {string} name
 * @property {number|null} concept its own (the deepest of a folded chain)
 * @property {number[]} chain concepts folded into it, from the top, its own left out
 * @property {number|null} one the class, of a leaf
 * @property {Block[]|null} children
 */

/** The root block and the classes without a place; null without a taxonomy or a placed class. */
export function taxonomyTree(model) {
  const { hierarchy, classes } = model;
  const unplaced = [];
  if (!hierarchy) return { root: null, unplaced: classes.label.map((_, one) => one) };
  const inner = hierarchy.name.map((name, concept) => ({
    name: conceptWord(name),
    concept,
    chain: [],
    one: null,
    children: [],
  }));
  classes.concept.forEach((concept, one) => {
    if (concept == null) unplaced.push(one);
    else inner[concept].children.push(leaf(classes.label[one], concept, one));
  });
  // Parents come before children, so from the end every block is whole before it is handed up.
  for (let concept = inner.length - 1; concept > 0; concept--) {
    const folded = fold(inner[concept]);
    const above = hierarchy.parent[concept];
    if (folded && above >= 0) inner[above].children.push(folded);
  }
  return { root: fold(inner[0]), unplaced };
}

const leaf = (name, concept, one) => ({ name, concept, chain: [], one, children: null });

/** A block without children is nothing; one with a single child becomes part of that child. */
function fold(block) {
  if (block.children.length === 0) return null;
  if (block.children.length > 1) return block;
  const [only] = block.children;
  // A class stands for its own concept: to name that once more would only repeat it.
  const repeated = only.one != null && only.concept === block.concept;
  return { ...only, chain: [...(repeated ? [] : [block.concept]), ...only.chain] };
}
