// Find a class or a cluster by name, id or concept: a combobox after the WAI-ARIA pattern.

import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { revealStage } from "../parts/stage.js";
import { model, selectClass, selectCluster, view } from "../state.js";
import { find, searchIndex } from "./index.js";

const SHOWN_AT_MOST = 30;

export function Search() {
  const input = useRef();
  const box = useCombobox();
  const { text, open, active, found } = box;
  // After a tap the keyboard of a phone should give the picture free.
  const tap = (entry) => {
    box.choose(entry);
    input.current.blur();
  };
  return (
    <search class="search" role="search">
      <label class="unseen" for="search">
        Find a class, an id, a concept or a cluster
      </label>
      <input
        id="search"
        ref={input}
        {...PLAIN_INPUT}
        role="combobox"
        placeholder="Find a class, id, concept …"
        aria-expanded={open.value}
        aria-controls="search-list"
        aria-autocomplete="list"
        aria-activedescendant={open.value && found.value[active.value] ? `found-${active.value}` : undefined}
        value={text.value}
        onInput={(event) => box.type(event.currentTarget.value)}
        onKeyDown={(event) => !event.isComposing && press(event.key, box) && event.preventDefault()}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={box.close}
      />
      <Found {...{ open, active, found: found.value, choose: tap, text }} />
    </search>
  );
}

const PLAIN_INPUT = { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: false };

/** What is typed, what is found, whether that is open and which of it is active. */
function useCombobox() {
  const [text, open, active] = [useSignal(""), useSignal(false), useSignal(-1)];
  const found = useComputed(() => find(searchIndex(model.value), text.value, SHOWN_AT_MOST));
  const close = () => {
    open.value = false;
    active.value = -1;
  };
  const choose = (entry) => {
    if (!entry) return;
    text.value = entry.name;
    close();
    go(entry);
  };
  const type = (typed) => {
    text.value = typed;
    open.value = typed.trim() !== "";
    active.value = open.value ? 0 : -1;
  };
  return { text, open, active, found, close, choose, type };
}

function Found({ open, active, found, choose, text }) {
  return (
    <>
      <ul id="search-list" role="listbox" aria-label="Found" hidden={!open.value || !found.length}>
        {open.value &&
          found.map((entry, at) => (
            <Option key={entry.key} {...{ entry, at, active, choose }} />
          ))}
      </ul>
      {open.value && !found.length && <p class="search-none">Nothing is called that.</p>}
      <p class="unseen" role="status">
        {open.value && text.value.trim() ? spoken(found.length) : ""}
      </p>
    </>
  );
}

const spoken = (number) =>
  number === SHOWN_AT_MOST ? `The best ${number} are listed.` : `${number} found.`;

function Option({ entry, at, active, choose }) {
  const chosen = active.value === at;
  // The list closes when the input loses focus, so a press must not take it.
  return (
    <li
      id={`found-${at}`}
      role="option"
      aria-selected={chosen}
      ref={(element) => chosen && element?.scrollIntoView({ block: "nearest" })}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => choose(entry)}
    >
      <bdi dir="auto" class="name">
        {entry.name}
      </bdi>
      <span class="quiet">
        <bdi>{entry.note}</bdi>
      </span>
    </li>
  );
}

/** What a key does to the list; true if it did something. */
function press(key, { text, open, active, found: { value: found }, choose, close }) {
  if (key === "Enter" && open.value) {
    choose(found[Math.max(0, active.value)]);
    return true;
  }
  if (key === "Escape" && (open.value || text.value)) {
    if (!open.value) text.value = "";
    close();
    return true;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (!step || !found.length) return false;
  open.value = true;
  active.value = (Math.max(active.value, step < 0 ? 0 : -1) + step + found.length) % found.length;
  return true;
}

function go({ kind, number }) {
  if (view.value === "reading") view.value = "graph";
  (kind === "cluster" ? selectCluster : selectClass)(number);
  revealStage();
}
