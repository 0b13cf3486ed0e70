// The graph: every cluster's spanning tree on one canvas, with its layers and its legend.

import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clusterName } from "../data.js";
import { counted } from "../format.js";
import { model } from "../state.js";
import { ClusterList } from "./cluster_list.jsx";
import { handleKey } from "./keys.js";
import { followSelection, mount, redraw } from "./mounting.js";
import { click, hover } from "./pointing.js";
import { Tip } from "./tip.jsx";
import { Toolbar } from "./toolbar.jsx";

/**
 * What the parts of the view share: the stage once it stands, what the pointer is over, the class
 * that the keyboard is at, whether a selection was made here (`own`), whether paper is being made.
 */
const newParts = () => ({
  stage: null,
  hovered: signal(null),
  walker: signal(null),
  own: false,
  printing: false,
});

export function GraphView() {
  const shown = model.value;
  const parts = useMemo(newParts, [shown]);
  return (
    <div class="graph">
      <Toolbar parts={parts} />
      <div class="graph-frame">
        <Host parts={parts} shown={shown} />
        <ZoomButtons parts={parts} />
        <Tip parts={parts} shown={shown} />
      </div>
      <ClusterList shown={shown} />
    </div>
  );
}

const KEYS =
  "Arrow keys walk from class to class, Enter selects, plus and minus zoom, 0 shows all, " +
  "Shift with an arrow moves the picture.";

function Host({ parts, shown }) {
  const host = useRef();
  const canvas = useRef();
  useEffect(() => mount(parts, shown, host.current, canvas.current), [shown]);
  useSignalEffect(() => redraw(parts, shown));
  useSignalEffect(() => followSelection(parts));
  return (
    <div
      class="graph-host"
      ref={host}
      tabIndex={0}
      role="application"
      aria-label={`Graph of ${counted(shown.n, "class", "classes")}. ${KEYS}`}
      onKeyDown={(event) => handleKey(event, parts)}
      onBlur={() => (parts.walker.value = null)}
      onPointerMove={(event) => hover(parts, event)}
      onPointerLeave={() => (parts.hovered.value = null)}
      onClick={(event) => click(parts, event)}
    >
      <canvas ref={canvas} role="img" aria-label={summary(shown)} />
    </div>
  );
}

/** What the canvas shows, in words. */
function summary(shown) {
  const clusters = shown.members.filter((members) => members.length);
  const largest = shown.members
    .map((members, cluster) => [members.length, cluster])
    .sort(([a], [b]) => b - a)
    .slice(0, 3)
    .map(([size, cluster]) => `${clusterName(shown, cluster)} (${size})`);
  return (
    `Spanning forest: ${counted(shown.n, "class", "classes")} in ` +
    `${counted(clusters.length, "cluster", "clusters")}, joined by ` +
    `${counted(shown.perceived.a.length, "edge", "edges")}; the largest: ${largest.join(", ")}. ` +
    "The same as a list below, and in the tables."
  );
}

function ZoomButtons({ parts }) {
  const camera = () => parts.stage?.camera;
  return (
    <div class="graph-zoom" role="group" aria-label="Zoom">
      <button aria-label="Zoom in" title="Zoom in (+)" onClick={() => camera()?.zoomBy(1.6)}>
        +
      </button>
      <button aria-label="Zoom out" title="Zoom out (−)" onClick={() => camera()?.zoomBy(1 / 1.6)}>
        −
      </button>
      <button
        aria-label="Show all"
        title="Show all (0)"
        onClick={() => camera()?.fly(camera().whole())}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M2 6V2h4m4 0h4v4m0 4v4h-4m-4 0H2v-4" />
        </svg>
      </button>
    </div>
  );
}
