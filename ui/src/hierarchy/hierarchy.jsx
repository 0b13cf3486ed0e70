// Two hierarchies of the classes side by side: the taxonomy's, and the one the network has made.

import { useSignal } from "@preact/signals";
import { counted, fixed, percent } from "../format.js";
import { gradient } from "../matrix/colours.js";
import { Explain } from "../parts/explain.jsx";
import { ClassButton } from "../parts/names.jsx";
import { model, modelNumber } from "../state.js";
import { theme } from "../theme.js";
import { colourings, layOut, leavesByClass } from "./blocks.js";
import { ownTree } from "./own_tree.js";
import { Panel } from "./panel.jsx";
import { taxonomyTree } from "./taxonomy_tree.js";

const MOST_UNPLACED = 20;

export function HierarchyView() {
  return <Hierarchies key={modelNumber.value} model={model.value} />;
}

function Hierarchies({ model: shown }) {
  const { taxonomy, own, unplaced, ways } = prepared(shown);
  const chosen = useSignal(0);
  const form = useSignal("blocks");
  const colouring = ways[chosen.value] ?? null;
  const panel = { model: shown, colouring, form: form.value };
  return (
    <div class="hierarchy">
      <Bar form={form} chosen={chosen} ways={ways} colouring={colouring} />
      <Unplaced unplaced={unplaced} n={shown.n} />
      <div class="hierarchy-panels">
        {taxonomy ? (
          <Panel title={`Taxonomy: ${shown.taxonomy}`} {...taxonomy} {...panel} />
        ) : (
          <p class="quiet">
            No class has a place in the taxonomy, so that there is no tree to show.
          </p>
        )}
        {own && <Panel title="The network's own hierarchy" {...own} {...panel} />}
      </div>
    </div>
  );
}

function Bar({ form, chosen, ways, colouring }) {
  const names = ways.map(({ name }) => name);
  return (
    <div class="hierarchy-bar">
      <Choice
        name="Show as"
        options={["blocks", "outline"]}
        chosen={form.value}
        onChoose={(to) => (form.value = to)}
      />
      {ways.length > 1 && (
        <Choice
          name="Colour by"
          options={names}
          chosen={colouring.name}
          onChoose={(to) => (chosen.value = names.indexOf(to))}
        />
      )}
      {colouring && <ColourScale colouring={colouring} />}
      <Explain what="the hierarchy">
        <Explanation />
      </Explain>
    </div>
  );
}

const known = new WeakMap();

/** Laid out once a model: the view is mounted anew each time it is opened. */
function prepared(shown) {
  if (!known.has(shown)) known.set(shown, prepare(shown));
  return known.get(shown);
}

function prepare(shown) {
  const { root, unplaced } = taxonomyTree(shown);
  const laidOut = (tree) => {
    if (!tree) return null;
    const nodes = layOut(tree, shown);
    return { nodes, leaves: leavesByClass(nodes, shown.n) };
  };
  const own = shown.own_hierarchy?.merges.length ? ownTree(shown) : null;
  return { taxonomy: laidOut(root), own: laidOut(own), unplaced, ways: colourings(shown) };
}

function Choice({ name, options, chosen, onChoose }) {
  return (
    <fieldset class="switch hierarchy-choice">
      <legend class="unseen">{name}</legend>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            class="unseen"
            name={name}
            checked={option === chosen}
            onChange={() => onChoose(option)}
          />
          <span>{option[0].toUpperCase() + option.slice(1)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function ColourScale({ colouring: { key, ends, scale } }) {
  theme.value;
  const mistaken = key === "mistaken";
  const said = (value) => (mistaken ? percent(value) : fixed(value, 1));
  return (
    <div class="hierarchy-scale">
      <p>{mistaken ? "Share of samples mistaken" : "Mean local depth"}</p>
      <div class="matrix-ramp" style={{ backgroundImage: gradient(scale) }} />
      <p class="matrix-ticks">
        <span>{said(ends[0])}</span>
        <span>{said(ends[1])}</span>
      </p>
    </div>
  );
}

function Explanation() {
  return (
    <>
      <p>
        The taxonomy goes from the most general concept at the left to the classes at the right; the
        height of a block is its number of classes. A concept with a single one below it is folded
        into that one. The network's own hierarchy joins the classes that are most similar to it
        first, and is cut where it falls into a handful of groups; a group is called by the concept
        its classes share, "mostly" (≈) where three in four do.
      </p>
      <p>
        Local depth is how deep in the taxonomy a class meets those the network holds most similar
        to it: deep is good. A click brings a group to the front or selects a class. Keys: arrows
        move, Enter opens, Backspace goes back; the outline holds the same as a tree of words.
      </p>
    </>
  );
}

function Unplaced({ unplaced, n }) {
  if (!unplaced.length || unplaced.length === n) return null;
  return (
    <details class="hierarchy-unplaced">
      <summary>
        {counted(unplaced.length, "class has", "classes have")} no place in the taxonomy
      </summary>
      <ul>
        {unplaced.slice(0, MOST_UNPLACED).map((one) => (
          <li key={one}>
            <ClassButton i={one} />
          </li>
        ))}
        {unplaced.length > MOST_UNPLACED && <li>and {unplaced.length - MOST_UNPLACED} more</li>}
      </ul>
    </details>
  );
}
