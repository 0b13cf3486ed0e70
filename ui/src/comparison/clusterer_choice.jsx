// The clusterer by which the page's numbers are.

import { clusterer, comparison } from "./state.js";

export function ClustererChoice() {
  const { clusterers } = comparison.value;
  if (clusterers.length === 1) return null;
  return (
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
  );
}
