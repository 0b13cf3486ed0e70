// How alike every two models see the classes: a heat map, alike models side by side.

import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { fixed } from "../format.js";
import { similarityColour, similarityRgb } from "../palette.js";
import { theme } from "../theme.js";
import { cut, textWidth, useWidth } from "./fitting.js";
import { comparison, marked } from "./state.js";

const CELL = 40;
const NAMED_FROM = 13;
const NUMBERED_FROM = 28;
const NAMES = 150;

export function Alignment() {
  const room = useRef(null);
  const width = useWidth(room);
  const cell = useSignal(null);
  return (
    <figure class="alignment">
      <p class="quiet">
        Spearman's correlation of two models' similarities, over all pairs of classes. Models that see
        them alike stand side by side. The numbers are in the table of pairs, too.
      </p>
      <div ref={room}>{width > 0 && <HeatMap width={width} cell={cell} />}</div>
      <Scale />
      <p class="readout" role="status">
        {cell.value ? told(cell.value) : "\u00a0"}
      </p>
    </figure>
  );
}

function told([i, j]) {
  const { models, alignment } = comparison.value;
  const { order, cells } = alignment;
  if (i === j) return models[order[i]];
  const value = cells[order[i]][order[j]];
  return `${models[order[i]]} and ${models[order[j]]}: ${value == null ? "undefined" : fixed(value)}`;
}

/** From a little below the least alike pair to 1, so that the differences can be seen. */
function limits({ cells }) {
  const away = cells.flatMap((row, i) => row.filter((value, j) => j !== i && value != null));
  const least = away.reduce((low, value) => Math.min(low, value), 0.99);
  return least - 0.15 * (1 - least);
}

const shade = (value, low) => (value - low) / (1 - low);

function HeatMap({ width, cell }) {
  const { models, alignment } = comparison.value;
  const k = models.length;
  const longest = Math.max(...models.map((name) => textWidth(cut(name, NAMES))));
  const beside = Math.min(longest + 12, width * 0.35);
  // Names at the left are worth their room only if cells are then tall enough for them.
  const fits = Math.min(CELL, (width - beside) / k);
  const named = fits >= NAMED_FROM;
  const side = named ? fits : Math.max(1, Math.min(CELL, width / k, 620 / k));
  const left = named ? beside : 0;
  const size = side * k;
  const low = limits(alignment);
  const move = (event) => {
    const { left: x, top } = event.currentTarget.getBoundingClientRect();
    const at = [(event.clientY - top) / side, (event.clientX - x - left) / side].map(Math.floor);
    cell.value = at.every((place) => place >= 0 && place < k) ? at : null;
  };
  return (
    <svg
      class="heat"
      role="application"
      aria-roledescription="heat map"
      aria-label={`How alike ${k} models see the classes; arrows move from cell to cell`}
      // Written small: of a drawing's elements, names of attributes are taken as they stand.
      tabindex={0}
      width={left + size}
      height={size + (named ? beside : 0)}
      viewBox={`0 0 ${left + size} ${size + (named ? beside : 0)}`}
      onPointerMove={move}
      onPointerLeave={() => (cell.value = null)}
      onKeyDown={(event) => walk(event, cell, k)}
    >
      <Picture low={low} left={left} size={size} />
      {side >= NUMBERED_FROM && <Numbers low={low} left={left} side={side} />}
      {named && <Names left={left} side={side} size={size} room={beside - 8} />}
      {cell.value && (
        <rect
          class="heat-cell"
          x={left + cell.value[1] * side}
          y={cell.value[0] * side}
          width={side}
          height={side}
        />
      )}
    </svg>
  );
}

function walk(event, cell, k) {
  const [down, right] =
    { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ??
    [];
  if (down === undefined) return;
  event.preventDefault();
  const inside = (place) => Math.min(k - 1, Math.max(0, place));
  const [i, j] = cell.value ?? [0, -right];
  cell.value = [inside(i + down), inside(j + right)];
}

/** One pixel a cell, drawn larger: as sharp on paper as on the screen. */
function Picture({ low, left, size }) {
  const { order, cells } = comparison.value.alignment;
  const shown = theme.value;
  const address = useMemo(() => painted(order, cells, low), [order, cells, shown]);
  return <image href={address} x={left} y="0" width={size} height={size} class="heat-image" />;
}

function painted(order, cells, low) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = order.length;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(order.length, order.length);
  let at = 0;
  for (const i of order) {
    for (const j of order) {
      const value = cells[i][j];
      if (value != null) pixels.data.set([...similarityRgb(shade(value, low)), 255], at);
      at += 4;
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

function Numbers({ low, left, side }) {
  const { order, cells } = comparison.value.alignment;
  return (
    <g class="heat-numbers" aria-hidden="true">
      {order.flatMap((i, row) =>
        order.map((j, column) => {
          const value = cells[i][j];
          return (
            <text
              key={`${i} ${j}`}
              class={value == null ? undefined : isDark(shade(value, low)) ? "on-dark" : "on-light"}
              x={left + (column + 0.5) * side}
              y={(row + 0.5) * side}
              dy="0.35em"
              text-anchor="middle"
            >
              {value == null ? "–" : short(value)}
            </text>
          );
        }),
      )}
    </g>
  );
}

// No zero before the point, and none below nothing.
const short = (value) => value.toFixed(2).replace("-0.00", "0.00").replace("0.", ".");

/** Whether white letters can be read better than dark ones on a colour (WCAG's luminance). */
function isDark(similarity) {
  const [red, green, blue] = similarityRgb(similarity).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.22;
}

function Names({ left, side, size, room }) {
  const { models, alignment } = comparison.value;
  return (
    <g class="names" aria-hidden="true">
      {alignment.order.map((model, at) => {
        const name = cut(models[model], room);
        const kind = marked.value.has(model) ? "stands" : undefined;
        const middle = (at + 0.5) * side;
        return (
          <g key={model} class={kind}>
            <text x={left - 6 - textWidth(name)} y={middle} dy="0.35em">
              {name}
            </text>
            <text
              transform={`translate(${left + middle} ${size + 6 + textWidth(name)}) rotate(-90)`}
              dy="0.35em"
            >
              {name}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Scale() {
  const low = limits(comparison.value.alignment);
  theme.value;
  const stops = [0, 0.25, 0.5, 0.75, 1].map(similarityColour).join(", ");
  return (
    <p class="heat-scale quiet">
      {fixed(low)} <span style={`background: linear-gradient(to right, ${stops})`} /> 1
    </p>
  );
}
