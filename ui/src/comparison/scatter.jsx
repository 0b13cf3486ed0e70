// Every model by Similarity Depth and one other score; the pointer or the arrows name it.

import { useRef } from "preact/hooks";
import { cut, textWidth, useWidth } from "./fitting.js";
import { placeNames } from "./placing.js";
import { interval, said, scoreOf } from "./scores.js";
import {
  clusterer,
  comparison,
  knownScores,
  marked,
  pointed,
  rows,
  score,
  stands,
  toggleMark,
} from "./state.js";
import { axis } from "./ticks.js";

const LEFT = 56;
const RIGHT = 14;
const TOP = 10;
const BELOW = 40;
const NEAR = 28;
const NAMED_UP_TO = 30;
const NAME_WIDTH = 170;

export function Scatter() {
  const room = useRef(null);
  const width = useWidth(room);
  // A score that this clusterer leaves undefined gives way to one that is there.
  const known = knownScores.value;
  const y = known.some(({ key }) => key === score.value) ? score.value : known[0].key;
  return (
    <figure class="scatter">
      <label class="choose">
        <span>Beside Similarity Depth</span>
        <select value={y} onChange={(event) => (score.value = event.currentTarget.value)}>
          {known.map(({ key, title }) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <div ref={room}>{width > 0 && <Plot width={width} y={y} />}</div>
      <figcaption class="quiet">
        <span class="readout">{readout(y)}</span>
        <span class="by-hand">
          Click, or Enter, marks a model in every picture; Escape lets go. {scoreOf(y).help}
        </span>
      </figcaption>
    </figure>
  );
}

function readout(y) {
  const model = pointed.value;
  if (model == null) return missing(y);
  return describe(model, y);
}

/** How many models cannot be drawn. */
function missing(y) {
  const found = rows.value;
  const left = found.sd.filter((sd, at) => sd == null || found[y][at] == null).length;
  return left ? `${left} of ${found.sd.length} models are undefined here.` : "\u00a0";
}

function describe(model, y) {
  const { sd, sd_low, sd_high, [y]: values } = rows.value;
  const range = sd_low[model] == null ? "" : ` (${interval(sd_low[model], sd_high[model])})`;
  const depth = `Similarity Depth ${sd[model]?.toFixed(2) ?? "undefined"}${range}`;
  return `${comparison.value.models[model]}: ${depth}, ${scoreOf(y).title} ${said(y, values[model])}`;
}

function Plot({ width, y }) {
  const plot = useRef(null);
  const height = Math.round(Math.min(460, Math.max(280, width * 0.6)));
  const { points, across, up } = placed(y, width, height);
  const point = ({ clientX, clientY, target }) => {
    const named = target.closest?.("[data-model]");
    if (named && !clientX && !clientY) return Number(named.dataset.model);
    const { left, top } = plot.current.getBoundingClientRect();
    return nearest(points, clientX - left, clientY - top);
  };
  return (
    <svg
      ref={plot}
      class="plot"
      role="group"
      aria-label={`${scoreOf(y).title} against Similarity Depth by ${clusterer.value}, ${points.length} models`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      onPointerMove={(event) => (pointed.value = point(event))}
      onPointerLeave={() => (pointed.value = null)}
      onClick={(event) => {
        const model = point(event);
        if (model != null) toggleMark(model);
      }}
      onKeyDown={(event) => walk(event, points, plot.current)}
    >
      <Axes across={across} up={up} width={width} height={height} y={y} />
      <Points points={points} y={y} height={height} across={across} />
      <Names points={points} width={width} height={height} />
    </svg>
  );
}

function placed(y, width, height) {
  const { sd, [y]: values } = rows.value;
  const there = sd.map((_, at) => at).filter((at) => sd[at] != null && values[at] != null);
  const across = axis(there.map((at) => sd[at]));
  const up = axis(there.map((at) => values[at]));
  across.at = (value) =>
    LEFT + ((value - across.low) / (across.high - across.low)) * (width - LEFT - RIGHT);
  up.at = (value) =>
    height - BELOW - ((value - up.low) / (up.high - up.low)) * (height - TOP - BELOW);
  const points = there
    .map((model) => ({ model, x: across.at(sd[model]), y: up.at(values[model]) }))
    .sort((a, b) => a.x - b.x);
  return { points, across, up };
}

function nearest(points, x, y) {
  let found = null;
  let least = NEAR ** 2;
  for (const one of points) {
    const away = (one.x - x) ** 2 + (one.y - y) ** 2;
    if (away < least) [found, least] = [one.model, away];
  }
  return found;
}

/** Arrows go from model to model by depth, Enter and space mark. */
function walk(event, points, plot) {
  const focused = Number(event.target.closest("[data-model]")?.dataset.model);
  const at = points.findIndex(({ model }) => model === focused);
  const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (event.key === "Enter" || event.key === " ") {
    if (at >= 0) toggleMark(points[at].model);
  } else if (event.key === "Home" || event.key === "End" || step) {
    const last = points.length - 1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : at + step;
    const { model } = points[Math.min(last, Math.max(0, to))];
    plot.querySelector(`[data-model="${model}"]`).focus();
  } else return;
  event.preventDefault();
}

function Axes({ across, up, width, height, y }) {
  const base = height - BELOW;
  return (
    <g class="axes" aria-hidden="true">
      {across.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={across.at(tick)} x2={across.at(tick)} y1={TOP} y2={base} />
          <text x={across.at(tick)} y={base + 16} text-anchor="middle">
            {tick.toFixed(across.digits)}
          </text>
        </g>
      ))}
      {up.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={LEFT} x2={width - RIGHT} y1={up.at(tick)} y2={up.at(tick)} />
          <text x={LEFT - 6} y={up.at(tick)} dy="0.35em" text-anchor="end">
            {tick.toFixed(up.digits)}
          </text>
        </g>
      ))}
      <line x1={LEFT} x2={width - RIGHT} y1={base} y2={base} />
      <text class="axis-name" x={width - RIGHT} y={base + 33} text-anchor="end">
        Similarity Depth
      </text>
      <text class="axis-name" transform={`translate(14 ${TOP}) rotate(-90)`} text-anchor="end">
        {scoreOf(y).title}
      </text>
    </g>
  );
}

function Points({ points, y, height, across }) {
  // One stop for the tab key: the arrows lead on from there.
  const first = points.find(({ model }) => model === pointed.value) ?? points[0];
  const { sd_low, sd_high } = rows.value;
  return points.map(({ model, x, y: at }) => (
    <g
      key={model}
      role="button"
      // Written small: of a drawing's elements, names of attributes are taken as they stand.
      tabindex={model === first.model ? 0 : -1}
      aria-pressed={marked.value.has(model)}
      aria-label={describe(model, y)}
      data-model={model}
      class={`point${marked.value.has(model) ? " is-marked" : ""}${pointed.value === model ? " is-pointed" : ""}`}
      onFocus={() => (pointed.value = model)}
      onBlur={() => (pointed.value = null)}
    >
      {stands(model) && sd_low[model] != null && (
        <line
          class="spread"
          x1={Math.max(LEFT, across.at(sd_low[model]))}
          x2={across.at(Math.min(across.high, sd_high[model]))}
          y1={at}
          y2={at}
        />
      )}
      <circle cx={x} cy={at} r={stands(model) ? 7 : 5} />
    </g>
  ));
}

function Names({ points, width, height }) {
  const few = points.length <= NAMED_UP_TO;
  const { models } = comparison.value;
  const named = points
    .filter(({ model }) => few || stands(model))
    .map(({ model, x, y }) => ({
      ...{ x, y, model, needed: stands(model) },
      name: cut(models[model], NAME_WIDTH),
    }));
  const frame = { left: LEFT, right: width, top: 0, bottom: height - BELOW + 6 };
  return (
    <g class="names" aria-hidden="true">
      {placeNames(named, textWidth, frame).map(({ point, x, y }) => (
        <text key={point.model} class={point.needed ? "stands" : undefined} x={x} y={y} dy="0.35em">
          {point.name}
        </text>
      ))}
    </g>
  );
}
