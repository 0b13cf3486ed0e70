// Opens the report: reads its data, then shows the page.

import { render } from "preact";
import { readReport } from "./data.js";
import { Page } from "./page.jsx";
import { open } from "./state.js";
import { notOpened } from "./unpacked.js";

const root = document.getElementById("report");

readReport().then(
  (report) => {
    open(report);
    root.replaceChildren();
    render(<Page />, root);
    root.dataset.ready = "true";
  },
  (error) => {
    root.textContent = notOpened(error);
  },
);
