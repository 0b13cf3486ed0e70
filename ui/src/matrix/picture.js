// The matrix as pictures: full size, and smaller ones for when it is seen from afar.

import { confusionRgb, confusionShare, similarityRgb } from "./colours.js";

const SMALLEST = 64;

/**
 * A pyramid of canvases in the present theme: each half as large as the one before.
 *
 * Seen from afar, similarities are averaged, so that clusters stay the dark squares they are;
 * of confusions the greatest stays, since they are thin and an average would lose them.
 */
export function makePictures(grid, range, empty) {
  const paint = {
    similar: Uint32Array.from({ length: 256 }, (_, v) =>
      pixel(similarityRgb(similarityShare(v, range))),
    ),
    confused: Uint32Array.from({ length: 256 }, (_, v) => pixel(confusionRgb(v / 255))),
    most: grid.mostConfused,
    empty: pixel(empty),
  };
  return levelsOf(grid).map((level) => draw(level, paint));
}

/** Where a cell stands on the colour scale, 0 to 1. */
export const similarityShare = (value, { from, to }) =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

/** A colour as ImageData keeps it, in the machine's own order of bytes. */
const pixel = (rgb) => new Uint32Array(Uint8Array.from([...rgb, 255]).buffer)[0];

const levels = new WeakMap();

function levelsOf(grid) {
  if (!levels.has(grid)) {
    const found = [{ size: grid.size, similarity: grid.similarity, confusions: grid.confusions }];
    while (found.at(-1).size > SMALLEST) found.push(halve(found.at(-1)));
    levels.set(grid, found);
  }
  return levels.get(grid);
}

function halve({ size, similarity, confusions }) {
  const half = Math.ceil(size / 2);
  const means = new Uint8Array(half * half);
  const greatest = confusions && new Float32Array(half * half);
  for (let i = 0, at = 0; i < half; i++) {
    const top = 2 * i * size;
    const bottom = Math.min(2 * i + 1, size - 1) * size;
    for (let j = 0; j < half; j++, at++) {
      const [left, right] = [2 * j, Math.min(2 * j + 1, size - 1)];
      const [a, b, c, d] = [top + left, top + right, bottom + left, bottom + right];
      means[at] = (similarity[a] + similarity[b] + similarity[c] + similarity[d]) >> 2;
      if (greatest) {
        greatest[at] = Math.max(confusions[a], confusions[b], confusions[c], confusions[d]);
      }
    }
  }
  return { size: half, similarity: means, confusions: greatest };
}

function draw({ size, similarity, confusions }, { similar, confused, most, empty }) {
  const image = new ImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j < size; j++, at++) {
      if (!confusions || i <= j) pixels[at] = similar[similarity[at]];
      else if (confusions[at] === 0) pixels[at] = empty;
      else pixels[at] = confused[Math.round(255 * confusionShare(confusions[at], most))];
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
