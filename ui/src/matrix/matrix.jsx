// The matrix: how similar all classes are, and which are taken for which, cluster by cluster.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { counted } from "../format.js";
import { keepFitted } from "../parts/fitted.js";
import { Explain } from "../parts/explain.jsx";
import { model, modelNumber, selectClass, selectCluster } from "../state.js";
import { selectedClasses, selection, selectPair, view } from "../state.js";
import { theme } from "../theme.js";
import { blockClasses, gridOf } from "./cells.js";
import { Legend } from "./legend.jsx";
import { MatrixPlot } from "./plot.js";
import { Readout } from "./readout.jsx";

export function MatrixView() {
  const shown = model.value;
  return shown.matrix ? <Matrix key={modelNumber.value} model={shown} /> : <NoMatrix />;
}

function NoMatrix() {
  return (
    <p class="matrix-none">
      There is no matrix here: this report was made from results without the similarities of all
      pairs. To see it, analyse the model itself once more (
      <code>semdepth analyze MODEL -o out/</code>). The{" "}
      <button class="link" onClick={() => (view.value = "tables")}>
        tables
      </button>{" "}
      have the pairs that are known.
    </p>
  );
}

function Matrix({ model: shown }) {
  const canvas = useRef(null);
  const plot = useRef(null);
  const pointed = useSignal(null);
  const grid = gridOf(shown);
  usePlot(canvas, plot, shown, pointed);
  return (
    <div class="matrix">
      <div class="matrix-bar">
        <Zoom plot={plot} />
        <Legend model={shown} grid={grid} />
        <Explain what="the matrix">
          <p>{lead(grid, shown)}</p>
          <p id="matrix-keys">
            Arrow keys move from cell to cell, with Shift by ten; Enter selects, + and − zoom, 0
            shows the whole. The same pairs stand as rows in the tables.
          </p>
        </Explain>
      </div>
      <div class="matrix-frame">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-roledescription="matrix"
          aria-label={`Similarity matrix of ${counted(shown.n, "class", "classes")}`}
          aria-describedby="matrix-keys"
        />
      </div>
      <Readout model={shown} grid={grid} pointed={pointed} />
    </div>
  );
}

function Zoom({ plot }) {
  return (
    <div class="matrix-zoom" role="group" aria-label="Zoom">
      <button onClick={() => plot.current.zoomBy(1.6)} aria-label="Zoom in" title="Zoom in">
        +
      </button>
      <button onClick={() => plot.current.zoomBy(1 / 1.6)} aria-label="Zoom out" title="Zoom out">
        −
      </button>
      <button onClick={() => plot.current.reset()}>Whole</button>
    </div>
  );
}

/** Keeps the canvas's plot in step with the selection, the theme and the room there is. */
function usePlot(canvas, plot, shown, pointed) {
  const own = useRef(null);
  useLayoutEffect(() => {
    const made = new MatrixPlot(canvas.current, shown, {
      onPoint: (cell) => (pointed.value = cell),
      onPick: (cell) => {
        pick(shown, cell);
        own.current = selection.peek();
      },
    });
    plot.current = made;
    made.dye();
    const stop = keepFitted(canvas.current, (width, height) => made.resize(width, height));
    return () => (stop(), made.dispose());
  }, [shown]);
  useFollow(plot, shown, own);
}

function useFollow(plot, shown, own) {
  const begun = useRef(false);
  useSignalEffect(() => {
    theme.value;
    // On the first run the plot has just been dyed.
    if (begun.current) plot.current?.dye();
    begun.current = true;
  });
  useSignalEffect(() => {
    const chosen = selection.value;
    const classes = chosen && chosen.kind !== "cluster" ? [...selectedClasses.value] : [];
    const clusters = new Set(chosen?.kind === "cluster" ? [chosen.cluster] : []);
    plot.current?.mark(classes, clusters, chosen !== own.current);
  });
  useEffect(() => () => (plot.current = null), []);
}

/** What a click on a cell selects: a class or a pair; of blocks what stands for them. */
function pick(shown, [column, line]) {
  const grid = gridOf(shown);
  const [across, down] = [column, line].map((block) => blockClasses(grid, block));
  if (across.length > 1 || down.length > 1) pickInBlocks(shown, across, down);
  else if (column === line) selectClass(across[0]);
  else selectPair(down[0], across[0]);
}

/** The cluster that holds all of them, otherwise their most confused or most similar known pair. */
function pickInBlocks(shown, across, down) {
  const clusters = new Set([...across, ...down].map((one) => shown.classes.cluster[one]));
  if (clusters.size === 1) return selectCluster([...clusters][0]);
  const found = strongestPair(shown, across, down);
  if (found) selectPair(...found);
}

function strongestPair({ confused, confusedOf, perceived, perceivedOf }, across, down) {
  const other = new Set(across);
  const strongest = (table, edgesOf, strength) => {
    let best = null;
    for (const one of down) {
      for (const edge of edgesOf[one]) {
        const mate = table.a[edge] === one ? table.b[edge] : table.a[edge];
        if (!other.has(mate)) continue;
        if (!best || strength(edge) > best.much) best = { pair: [one, mate], much: strength(edge) };
      }
    }
    return best?.pair;
  };
  return (
    (confused && strongest(confused, confusedOf, (e) => confused.a_as_b[e] + confused.b_as_a[e])) ??
    strongest(perceived, perceivedOf, (e) => perceived.similarity[e])
  );
}

function lead(grid, shown) {
  const what = grid.confusions
    ? "above the diagonal how similar two classes are to the network, below it how often one was taken for the other"
    : "how similar two classes are to the network";
  const blocks =
    grid.size < grid.n
      ? ` Each cell stands for blocks of about ${Math.round(grid.n / grid.size)} classes.`
      : "";
  return `Every cell is a pair of the ${counted(shown.n, "class", "classes")}: ${what}. Classes stand cluster by cluster; frames mark the clusters.${blocks}`;
}
