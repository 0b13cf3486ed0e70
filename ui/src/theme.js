// Light or dark: the system's choice unless the reader makes one.

import { effect, signal } from "@preact/signals";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const systems = () => (dark.matches ? "dark" : "light");

/** The theme that is shown, "light" or "dark"; pictures on a canvas redraw when it changes. */
export const theme = signal(systems());
let chosen = null;

const show = () => (theme.value = chosen ?? systems());

dark.addEventListener("change", show);

export function toggleTheme() {
  chosen = theme.value === "dark" ? "light" : "dark";
  show();
}

// Paper is white: canvases redraw in their light colours for as long as the page is printed.
window.addEventListener("beforeprint", () => (theme.value = "light"));
window.addEventListener("afterprint", show);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
