// The head of the page: its title, the search, which model is shown, light or dark.

import { useEffect } from "preact/hooks";
import { Search } from "../search/search.jsx";
import { modelNumber, report, showModel } from "../state.js";
import { ThemeButton } from "./theme_button.jsx";

export function Masthead() {
  const { title, models } = report.value;
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
        {models.length > 1 && <ModelSwitch models={models} />}
        <Search key={modelNumber.value} />
      </div>
    </header>
  );
}

function ModelSwitch({ models }) {
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
