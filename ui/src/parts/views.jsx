// The views as tabs. One is mounted at a time: five pictures of 20,000 classes would be too many.

import { useLayoutEffect, useRef } from "preact/hooks";
import { GraphView } from "../graph/graph.jsx";
import { HierarchyView } from "../hierarchy/hierarchy.jsx";
import { MatrixView } from "../matrix/matrix.jsx";
import { ReadingView } from "../reading/reading.jsx";
import { TablesView } from "../tables/tables.jsx";
import { modelNumber, view, VIEWS } from "../state.js";
import { Safe } from "./safe.jsx";

const SHOWN = {
  graph: ["Graph", GraphView],
  matrix: ["Matrix", MatrixView],
  hierarchy: ["Hierarchy", HierarchyView],
  tables: ["Tables", TablesView],
  reading: ["How to read this", ReadingView],
};

export function Views() {
  const [title, Shown] = SHOWN[view.value];
  return (
    <section class="views" aria-label="Pictures and tables">
      <Tabs />
      <div
        class={`view view-${view.value}`}
        role="tabpanel"
        id="view"
        aria-labelledby={`tab-${view.value}`}
        tabIndex={-1}
      >
        <h2 class="unseen">{title}</h2>
        <Safe key={`${view.value} ${modelNumber.value}`}>
          <Shown />
        </Safe>
      </div>
    </section>
  );
}

function Tabs() {
  const list = useRef();
  useLayoutEffect(() => centre(list.current, VIEWS.indexOf(view.value)), [view.value]);
  const move = (event) => {
    const to = neighbour(event.key, VIEWS.indexOf(view.value));
    if (to === undefined) return;
    event.preventDefault();
    view.value = VIEWS[to];
    list.current.children[to].focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={move}>
      {VIEWS.map((name) => (
        <button
          key={name}
          role="tab"
          id={`tab-${name}`}
          aria-selected={view.value === name}
          aria-controls="view"
          data-title={SHOWN[name][0]}
          tabIndex={view.value === name ? 0 : -1}
          onClick={() => (view.value = name)}
        >
          {SHOWN[name][0]}
        </button>
      ))}
    </div>
  );
}

/** Where the tabs are wider than the screen, the chosen one is in sight. */
function centre(list, at) {
  const tab = list.children[at];
  list.scrollLeft = tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
}

function neighbour(key, at) {
  const last = VIEWS.length - 1;
  return {
    ArrowRight: at === last ? 0 : at + 1,
    ArrowLeft: at === 0 ? last : at - 1,
    Home: 0,
    End: last,
  }[key];
}
