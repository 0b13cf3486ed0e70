// The head of the page: its title, the clusterer, light or dark.

import { useEffect } from "preact/hooks";
import { ThemeButton } from "../parts/theme_button.jsx";
import { clusterer, comparison } from "./state.js";

export function Masthead() {
  const { title, clusterers } = comparison.value;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <header class="masthead">
      <h1 title={title}>
        <bdi dir="auto">{title}</bdi>
      </h1>
      <ThemeButton />
      <div class="masthead-tools">
        {clusterers.length > 1 && (
          <label class="choose">
            <span>Clusterer</span>
            <select
              value={clusterer.value}
              onChange={(event) => (clusterer.value = event.currentTarget.value)}
            >
              {clusterers.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </header>
  );
}
