// Opens the page of a comparison: reads its data, then shows it.

import { render } from "preact";
import { notOpened, unpacked } from "../unpacked.js";
import { Page } from "./page.jsx";
import { open } from "./state.js";

const root = document.getElementById("report");

unpacked().then(
  (comparison) => {
    open(comparison);
    root.replaceChildren();
    render(<Page />, root);
    root.dataset.ready = "true";
  },
  (error) => {
    root.textContent = notOpened(error);
  },
);
