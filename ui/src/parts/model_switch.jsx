// Which of two models the pictures show.

import { modelNumber, report, showModel } from "../state.js";

export function ModelSwitch() {
  const { models } = report.value;
  if (models.length === 1) return null;
  return (
    <fieldset class="switch">
      <legend class="unseen">Model that the pictures show</legend>
      {models.map(({ title }, number) => (
        <label key={number} title={title}>
          <input
            type="radio"
            name="model"
            class="unseen"
            checked={modelNumber.value === number}
            onChange={() => showModel(number)}
          />
          <span>
            <bdi dir="auto">{title}</bdi>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
