// The pictures of classes, decoded when they are first needed.

import { signal } from "@preact/signals";

const decoded = new WeakMap();

/** Counts decoded pictures: what draws them reads it, to draw again when one more is there. */
export const arrived = signal(0);

/** A class's picture, or null while it is being decoded, cannot be, or does not exist. */
export function thumbnail(model, i) {
  const source = model.classes.image?.[i];
  if (!source) return null;
  if (!decoded.has(model)) decoded.set(model, new Map());
  const images = decoded.get(model);
  if (!images.has(i)) images.set(i, load(source));
  const image = images.get(i);
  return image.complete && image.naturalWidth ? image : null;
}

function load(source) {
  const image = new Image();
  image.onload = () => (arrived.value += 1);
  image.src = source;
  return image;
}
