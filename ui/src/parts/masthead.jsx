// The head of a page: its title, light or dark, and the tools that the page brings.

import { useEffect } from "preact/hooks";
import { ThemeButton } from "./theme_button.jsx";

export function Masthead({ title, children }) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <header class="masthead">
      <h1 title={title}>
        <bdi dir="auto">{title}</bdi>
      </h1>
      <ThemeButton />
      <div class="masthead-tools">{children}</div>
    </header>
  );
}
