// A verdict's mark: told by its shape, its word stands beside it.

import { VERDICT_MARKS } from "../palette.js";

const SHAPES = {
  circle: "M8 2.5a5.500 5.500 0 1 1 0 11a5.500 5.500 0 1 1 0-11z",
  triangle: "M8 2.2 14.2 13.200H1.800z",
  square: "M3 3h10v10H3z",
  cross: "M3 3 13 13M13 3 3 13",
  plus: "M8 2v12M2 8h12",
};
const LINES = new Set(["cross", "plus"]);

export function VerdictMark({ verdict }) {
  const mark = VERDICT_MARKS[verdict];
  if (!mark) return null;
  const colour = `var(--${mark.colour})`;
  const filled = mark.filled && !LINES.has(mark.shape);
  return (
    <svg class="verdict-mark" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path
        d={SHAPES[mark.shape]}
        fill={filled ? colour : "none"}
        stroke={colour}
        stroke-width="2"
      />
    </svg>
  );
}
