// Layers on and off, with what their lines mean; the scale of similarity; pictures to keep.

import { useState } from "preact/hooks";
import { counted, fixed } from "../format.js";
import { lineColour } from "../palette.js";
import { layers, model } from "../state.js";
import { theme } from "../theme.js";
import { savePng, saveSvg } from "./saving.js";
import { sceneOf } from "./scene.js";

export function Toolbar({ parts }) {
  const [open, setOpen] = useState(false);
  const shown = model.value;
  return (
    <div class={`graph-bar ${open ? "graph-bar-open" : ""}`}>
      <button
        class="graph-fold"
        aria-expanded={open}
        aria-controls="graph-layers"
        onClick={() => setOpen(!open)}
      >
        Layers and legend
      </button>
      <div class="graph-layers" id="graph-layers">
        <fieldset>
          <legend class="unseen">Layers</legend>
          <Layer name="perceived" label="perceived" Mark={PerceivedMark} />
          <Layer name="confused" label="confused" Mark={ConfusedMark} missing={!shown.confused} />
          <Layer name="semantic" label="semantic" Mark={SemanticMark} missing={!shown.semantic} />
        </fieldset>
        <Scale shown={shown} />
        {shown.confused && layers.value.confused && <ConfusionLegend shown={shown} />}
        <Saving parts={parts} />
      </div>
    </div>
  );
}

function Saving({ parts }) {
  return (
    <span class="graph-save">
      <button onClick={() => savePng(parts.stage)} title="Save what is in view as a PNG picture">
        Save PNG
      </button>
      <button onClick={() => saveSvg(parts.stage)} title="Save what is in view as an SVG drawing">
        Save SVG
      </button>
    </span>
  );
}

const MISSING = {
  confused: "No predictions were given.",
  semantic: "The taxonomy's own forest is not in this report.",
};

function Layer({ name, label, Mark, missing }) {
  const toggle = () => (layers.value = { ...layers.value, [name]: !layers.value[name] });
  return (
    <label class="graph-layer" title={missing ? MISSING[name] : undefined}>
      <input
        type="checkbox"
        checked={layers.value[name] && !missing}
        disabled={missing}
        onChange={toggle}
      />
      <Mark />
      {label}
    </label>
  );
}

const PerceivedMark = () => (
  <svg width="22" height="12" aria-hidden="true">
    <path d="M1 6h20" stroke={lineColour(0.6)} stroke-width="2.5" />
  </svg>
);

const ConfusedMark = () => (
  <svg width="22" height="12" aria-hidden="true">
    <path d="M1 11Q11 -4 21 11" class="graph-mark-confused" />
  </svg>
);

const SemanticMark = () => (
  <svg width="22" height="12" aria-hidden="true">
    <path d="M1 6h20" class="graph-mark-semantic" />
  </svg>
);

const STEPS = 24;

function Scale({ shown }) {
  void theme.value;
  const { low, high } = sceneOf(shown);
  return (
    <span
      class="graph-scale"
      role="img"
      aria-label={`Colour of an edge: similarity from ${fixed(low)} to ${fixed(high)}`}
    >
      similarity {fixed(low)}
      <svg width="96" height="10" aria-hidden="true">
        {Array.from({ length: STEPS }, (_, i) => (
          <rect key={i} x={i * 4} width="4.5" height="10" fill={lineColour(i / (STEPS - 1))} />
        ))}
      </svg>
      {fixed(high)}
    </span>
  );
}

function ConfusionLegend({ shown }) {
  const { mostConfused, arcs } = sceneOf(shown);
  const unexplained = arcs.some(({ verdict }) => verdict === "unexplained");
  return (
    <span class="graph-confusions">
      <svg width="30" height="12" aria-hidden="true">
        <path d="M1 6h13" class="graph-mark-confused" stroke-width="1" />
        <path d="M16 6h13" class="graph-mark-confused graph-mark-much" />
      </svg>
      {`1 to ${counted(mostConfused, "confusion", "confusions")}`}
      {unexplained && (
        <>
          <svg width="12" height="12" aria-hidden="true">
            <path d="M2 2l8 8M2 10l8-8" class="graph-mark-confused" />
          </svg>
          unexplained
        </>
      )}
    </span>
  );
}
