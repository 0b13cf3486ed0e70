// Light or dark, chosen by the reader.

import { theme, toggleTheme } from "../theme.js";

export function ThemeButton() {
  const dark = theme.value === "dark";
  return (
    <button
      class="icon"
      onClick={toggleTheme}
      aria-label={dark ? "Show on a light page" : "Show on a dark page"}
      title={dark ? "Light page" : "Dark page"}
    >
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        {dark ? (
          <path d="M10 6a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0-4.5v2.2m0 12.6v2.2M1.5 10h2.2m12.6 0h2.2M4 4l1.6 1.6m8.8 8.8L16 16m0-12-1.6 1.6m-8.8 8.8L4 16" />
        ) : (
          <path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.500 8.500z" />
        )}
      </svg>
    </button>
  );
}
