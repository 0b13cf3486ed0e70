// The hierarchy as a tree of words: opened and closed by mouse and keys, read by screen readers.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { count, fixed, percent } from "../format.js";
import { selectedClasses, selection } from "../state.js";

const FIRST = 200;

export function Outline({ nodes, leaves, colouring, onPick, label }) {
  const open = useSignal(new Set([nodes, ...(nodes.children?.length < 12 ? nodes.children : [])]));
  const all = useSignal(new Set());
  const current = useSignal(nodes);
  const list = useRef(null);
  const toggle = (node, wanted = !open.value.has(node)) => {
    const changed = new Set(open.value);
    if (wanted) changed.add(node);
    else changed.delete(node);
    open.value = changed;
  };
  useSignalEffect(() => {
    if (selection.value?.kind === "class") reveal(leaves[selection.value.class], open, all, list);
  });
  const go = (node) => {
    current.value = node;
    requestAnimationFrame(() => list.current?.querySelector("[tabindex='0']")?.focus());
  };
  const tree = { open, all, current, colouring, toggle, go, onPick };
  return (
    <ul
      class="outline"
      role="tree"
      aria-label={label}
      ref={list}
      onKeyDown={(e) => onKey(e, nodes, tree)}
    >
      <Item node={nodes} tree={tree} at={1} of={1} />
    </ul>
  );
}

/** Opens every group above a class and brings it into sight. */
function reveal(leaf, open, all, list) {
  if (!leaf) return;
  const above = leaf.ancestors().slice(1);
  const has = (signal, nodes) => nodes.every((node) => signal.peek().has(node));
  const long = above.filter((node) => node.children.length > FIRST);
  if (!has(open, above)) open.value = new Set([...open.peek(), ...above]);
  if (!has(all, long)) all.value = new Set([...all.peek(), ...long]);
  requestAnimationFrame(() => {
    list.current?.querySelector("[aria-selected='true']")?.scrollIntoView({ block: "nearest" });
  });
}

function Item({ node, tree, at, of }) {
  const { open, all, current, toggle, onPick } = tree;
  const isOpen = open.value.has(node);
  const act = (event) => {
    event.stopPropagation();
    current.value = node;
    if (node.children) toggle(node);
    else onPick(node);
  };
  const shown = isOpen ? shownChildren(node, all.value) : [];
  return (
    <li
      role="treeitem"
      aria-expanded={node.children ? isOpen : undefined}
      aria-selected={node.children ? undefined : selectedClasses.value.has(node.data.one)}
      aria-posinset={at}
      aria-setsize={of}
      tabIndex={current.value === node ? 0 : -1}
      onClick={act}
    >
      <Line node={node} isOpen={isOpen} colouring={tree.colouring} />
      {shown.length > 0 && (
        <ul role="group">
          {shown.map((child, k) => (
            <Item key={k} node={child} tree={tree} at={k + 1} of={node.children.length} />
          ))}
          {shown.length < node.children.length && <More node={node} tree={tree} />}
        </ul>
      )}
    </li>
  );
}

function More({ node, tree: { all } }) {
  const showAll = (event) => {
    event.stopPropagation();
    all.value = new Set([...all.value, node]);
  };
  return (
    <li role="none">
      <button class="link" onClick={showAll}>
        {count(node.children.length - FIRST)} more
      </button>
    </li>
  );
}

function Line({ node, isOpen, colouring }) {
  const value = colouring && node[colouring.key];
  const said = colouring?.key === "mistaken" ? percent(value) : fixed(value, 1);
  return (
    <span class="outline-line">
      <span class="outline-mark" aria-hidden="true">
        {node.children ? (isOpen ? "▾" : "▸") : "·"}
      </span>
      <bdi dir="auto" class="outline-name" title={node.data.name}>
        {node.data.name || "group"}
      </bdi>
      {node.children && <span class="quiet">{count(node.value)}</span>}
      {colouring && value != null && (
        <span class="outline-value" title={colouring.name}>
          {said}
        </span>
      )}
    </span>
  );
}

const shownChildren = (node, all) =>
  all.has(node) ? (node.children ?? []) : (node.children ?? []).slice(0, FIRST);

function onKey(event, root, { open, all, current, toggle, go, onPick }) {
  if (event.target.getAttribute("role") !== "treeitem") return;
  const at = current.value;
  const isOpen = open.value.has(at) && at.children;
  const acts = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowRight: () => (isOpen ? go(at.children[0]) : at.children && toggle(at, true)),
    ArrowLeft: () => (isOpen ? toggle(at, false) : at.parent && go(at.parent)),
    Home: () => go(root),
    End: () => go(visible(root, open.value, all.value).at(-1)),
    Enter: () => (at.children ? toggle(at) : onPick(at)),
  };
  const step = (by) => {
    const seen = visible(root, open.value, all.value);
    const next = seen[seen.indexOf(at) + by];
    if (next) go(next);
  };
  const act = acts[event.key === " " ? "Enter" : event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** All rows in sight, from the top. */
function visible(root, open, all) {
  const seen = [];
  const waiting = [root];
  while (waiting.length) {
    const node = waiting.pop();
    seen.push(node);
    if (open.has(node)) waiting.push(...[...shownChildren(node, all)].reverse());
  }
  return seen;
}
