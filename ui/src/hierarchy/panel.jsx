// One hierarchy: its blocks or its outline, the way up to the top, and what is pointed at.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { conceptWord } from "../data.js";
import { counted, fixed, percent } from "../format.js";
import { keepFitted } from "../parts/fitted.js";
import { selectClass, selectedClasses, selection } from "../state.js";
import { theme } from "../theme.js";
import { Icicle } from "./icicle.js";
import { Outline } from "./outline.jsx";

export function Panel({ title, nodes, leaves, model, colouring, form }) {
  const focus = useSignal(nodes);
  const pointed = useSignal(null);
  const own = useRef(null);
  const pick = (leaf) => {
    selectClass(leaf.data.one);
    own.current = selection.peek();
  };
  if (form === "outline") {
    return (
      <section class="hierarchy-panel" aria-label={title}>
        <h3>{title}</h3>
        <div class="hierarchy-outline">
          <Outline
            nodes={nodes}
            leaves={leaves}
            colouring={colouring}
            onPick={pick}
            label={title}
          />
        </div>
      </section>
    );
  }
  return (
    <section class="hierarchy-panel" aria-label={title}>
      <h3>{title}</h3>
      <Blocks {...{ title, nodes, leaves, colouring, focus, pointed, own, pick }} />
      <Told node={pointed.value ?? chosenLeaf(leaves)} model={model} />
    </section>
  );
}

function chosenLeaf(leaves) {
  const [one] = selectedClasses.value;
  return selectedClasses.value.size === 1 ? leaves[one] : null;
}

function Blocks({ title, nodes, leaves, colouring, focus, pointed, own, pick }) {
  const canvas = useRef(null);
  const icicle = useRef(null);
  useIcicle(canvas, icicle, nodes, {
    onPoint: (node) => (pointed.value = node),
    onZoom: (node) => (focus.value = node),
    onPick: pick,
  });
  useLook(icicle, colouring, leaves, own);
  const what = `${title}, ${counted(nodes.value, "class", "classes")} as blocks`;
  return (
    <>
      <Breadcrumb title={title} focus={focus.value} onGo={(node) => icicle.current.zoomTo(node)} />
      <div class="hierarchy-frame">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-roledescription="icicle"
          aria-label={`${what}; the outline shows the same as a tree`}
        />
      </div>
    </>
  );
}

/** The picture on the canvas, as large as its frame. */
function useIcicle(canvas, icicle, nodes, tell) {
  useLayoutEffect(() => {
    const made = new Icicle(canvas.current, nodes, tell);
    icicle.current = made;
    const stop = keepFitted(canvas.current, (width, height) => made.resize(width, height));
    return () => (stop(), made.dispose());
  }, [nodes]);
}

/** Keeps it in step with the colouring, the selection and the theme. */
function useLook(icicle, colouring, leaves, own) {
  useLayoutEffect(() => icicle.current.colour(colouring), [colouring]);
  useSignalEffect(() => {
    const chosen = selection.value;
    // A whole cluster would frame too much of the picture.
    const classes = chosen && chosen.kind !== "cluster" ? [...selectedClasses.value] : [];
    const found = classes.map((one) => leaves[one]).filter(Boolean);
    icicle.current?.mark(found, chosen !== own.current);
  });
  useSignalEffect(() => {
    theme.value;
    icicle.current?.draw();
  });
}

function Breadcrumb({ title, focus, onGo }) {
  const way = focus.ancestors().reverse();
  return (
    <nav aria-label={`${title}: way down to the group in front`}>
      <ol class="hierarchy-way">
        {way.map((node, k) => (
          <li key={k}>
            {node === focus ? (
              <span aria-current="true" title={node.data.name}>
                {node.data.name || "all"}
              </span>
            ) : (
              <button class="link" title={node.data.name} onClick={() => onGo(node)}>
                {node.data.name || "all"}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** What a block is: its classes, what is folded into it, the means of its classes. */
function Told({ node, model }) {
  if (!node) return <div class="hierarchy-told quiet">Point at a block to read it.</div>;
  const { data, value, local, mistaken } = node;
  const { hierarchy } = model;
  const facts = [
    node.children && counted(value, "class", "classes"),
    local != null && `local depth ${fixed(local, 1)}`,
    mistaken != null && `${percent(mistaken)} mistaken`,
    data.height != null && `joined at distance ${fixed(data.height)}`,
    data.shared && data.name !== data.shared && `all meet in ${data.shared}`,
    data.chain.length > 0 &&
      `within ${data.chain.map((one) => conceptWord(hierarchy.name[one])).join(" › ")}`,
  ];
  const gloss =
    data.concept != null && data.height == null ? hierarchy?.gloss?.[data.concept] : null;
  return (
    <div class="hierarchy-told" aria-live="polite">
      <p>
        <b>
          <bdi dir="auto" title={data.name}>
            {data.name || "group"}
          </bdi>
        </b>{" "}
        {facts.filter(Boolean).join(", ")}
      </p>
      {gloss && <p class="quiet">{gloss}</p>}
    </div>
  );
}
