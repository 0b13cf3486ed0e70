// Keeps a drawing as large as the frame that its canvas stands in.

/** Calls `resize(width, height)` now and whenever the frame changes; returns how to stop. */
export function keepFitted(canvas, resize) {
  const frame = canvas.parentElement;
  const fit = () => resize(frame.clientWidth, frame.clientHeight);
  fit();
  const watching = new ResizeObserver(fit);
  watching.observe(frame);
  return () => watching.disconnect();
}
