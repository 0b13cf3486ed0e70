// Keeps what is in view as a file: PNG for slides, SVG for print and further drawing.

import { SvgOrders } from "./svg.js";

/** The picture in view at three times the screen's resolution. */
export function savePng(stage) {
  const { canvas } = stage;
  stage.drawSharp();
  canvas.toBlob((blob) => save(blob, "graph.png"), "image/png");
  stage.drawNow();
}

export function saveSvg(stage) {
  const orders = new SvgOrders();
  const { width, height } = stage.drawTo(orders);
  save(new Blob([orders.document(width, height)], { type: "image/svg+xml" }), "graph.svg");
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
