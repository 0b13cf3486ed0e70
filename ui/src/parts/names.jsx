// Names of classes, pairs and clusters as buttons that select them.

import { clusterName } from "../data.js";
import { counted } from "../format.js";
import { pairOf } from "../link.js";
import { model, selection } from "../state.js";
import { goTo, isOnStage } from "./stage.js";

/** A class's name as plain text, whole in its title. */
export function ClassName({ i, of = model.value }) {
  const label = of.classes.label[i];
  return (
    <bdi class="name" dir="auto" title={label}>
      {label}
    </bdi>
  );
}

// From elsewhere on the page the reader is taken to the card; on the stage it is in sight.
const choose = (chosen) => (event) => {
  if (isOnStage(event.currentTarget)) selection.value = chosen;
  else goTo({ selection: chosen });
};

export function ClassButton({ i }) {
  return (
    <button class="link" onClick={choose({ kind: "class", class: i })}>
      <ClassName i={i} />
    </button>
  );
}

/** `spoken` is read aloud where what is shown does not say which pair it is. */
export function PairButton({ a, b, children, spoken }) {
  return (
    <button class="link pair-link" onClick={choose(pairOf(a, b))} aria-label={spoken}>
      {children ?? (
        <>
          <ClassName i={a} /> and <ClassName i={b} />
        </>
      )}
    </button>
  );
}

export function ClusterButton({ cluster }) {
  const shown = model.value;
  return (
    <button class="link" onClick={choose({ kind: "cluster", cluster })}>
      <bdi class="name" dir="auto">
        {clusterName(shown, cluster)}
      </bdi>{" "}
      <span class="quiet">({counted(shown.clusters.size[cluster], "class", "classes")})</span>
    </button>
  );
}
