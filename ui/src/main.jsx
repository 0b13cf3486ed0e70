// Opens the report: reads its data, then shows the page.

import { render } from "preact";
import { readReport } from "./data.js";
import { Page } from "./page.jsx";
import { open } from "./state.js";

const root = document.getElementById("report");

readReport().then(
  (report) => {
    open(report);
    root.replaceChildren();
    render(<Page />, root);
    root.dataset.ready = "true";
  },
  (error) => {
    root.textContent =
      "This report could not be opened: it needs a browser of 2023 or later " +
      `(Chrome 109, Firefox 115, Safari 16.4), and an unchanged file. ${error.message}`;
  },
);
