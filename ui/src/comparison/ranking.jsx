// The models from the deepest on, each with its interval, its chance, and what others make of it.

import { useSignal } from "@preact/signals";
import { fixed } from "../format.js";
import { interval } from "./scores.js";
import { clusterer, comparison, marked, pointed, rows, toggleMark } from "./state.js";
import { axis } from "./ticks.js";

const SHOWN = 25;

export function Ranking() {
  const all = useSignal(false);
  const { sd } = rows.value;
  const order = sd
    .map((_, model) => model)
    .sort((a, b) => (sd[b] ?? -Infinity) - (sd[a] ?? -Infinity) || a - b);
  const short = !all.value && order.length > SHOWN + 5;
  const shown = short
    ? order.filter((model, at) => at < SHOWN || marked.value.has(model) || at === order.length - 1)
    : order;
  const others = comparison.value.clusterers.filter((name) => name !== clusterer.value);
  const across = span(others);
  return (
    <div class="ranking">
      <p class="key">
        <span class="key-own">{clusterer.value}, with its 95% interval</span>
        {others.length > 0 && <span class="key-others">light: {others.join(", ")}</span>}
        <span class="key-chance">chance</span>
      </p>
      <table>
        <caption class="unseen">Models by Similarity Depth, the deepest first</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Rank</span>
            </th>
            <th scope="col">Model</th>
            <th scope="col" class="is-number">
              SD
            </th>
            <th scope="col" class="ranking-scale">
              <span class="unseen">Picture of Similarity Depth</span>
              <Scale across={across} />
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((model) => (
            <Row key={model} model={model} others={others} across={across} />
          ))}
        </tbody>
      </table>
      {order.length > SHOWN + 5 && (
        <button class="link" onClick={() => (all.value = !all.value)}>
          {short ? `Show all ${order.length} models` : `Show the first ${SHOWN}`}
        </button>
      )}
    </div>
  );
}

/** One axis for all clusterers, so that switching them moves dots and not the scale. */
function span() {
  const found = Object.values(comparison.value.rows).flatMap(
    ({ sd, sd_low, sd_high, sd_chance }) => [...sd, ...sd_low, ...sd_high, ...sd_chance],
  );
  const across = axis(found);
  across.at = (value) => `${(100 * (value - across.low)) / (across.high - across.low)}%`;
  return across;
}

function Scale({ across }) {
  return (
    <svg aria-hidden="true" width="100%" height="16">
      {across.ticks.map((tick) => (
        <text key={tick} x={across.at(tick)} y="12" text-anchor="middle">
          {tick.toFixed(across.digits)}
        </text>
      ))}
    </svg>
  );
}

function Row({ model, others, across }) {
  const { sd, sd_low, sd_high, rank } = rows.value;
  const name = comparison.value.models[model];
  const known = sd[model] != null;
  const kind = `${marked.value.has(model) ? "is-marked" : ""} ${pointed.value === model ? "is-pointed" : ""}`;
  return (
    <tr
      class={kind}
      onPointerEnter={() => (pointed.value = model)}
      onPointerLeave={() => (pointed.value = null)}
    >
      <td class="is-number quiet">{rank[model] ?? "–"}</td>
      <th scope="row">
        <button class="link" aria-pressed={marked.value.has(model)} onClick={() => toggleMark(model)}>
          <bdi dir="auto" title={name}>
            {name}
          </bdi>
        </button>
      </th>
      <td class="is-number">
        {known ? fixed(sd[model]) : "undefined"}
        {known && <span class="unseen"> from {interval(sd_low[model], sd_high[model])}</span>}
      </td>
      <td class="ranking-picture">
        <Strip model={model} others={others} across={across} />
      </td>
    </tr>
  );
}

function Strip({ model, others, across }) {
  const { sd, sd_low, sd_high, sd_chance } = rows.value;
  const at = (column) => across.at(column[model]);
  const light = others
    .map((name) => comparison.value.rows[name].sd[model])
    .filter((value) => value != null);
  return (
    <svg aria-hidden="true" width="100%" height="20">
      <line class="strip-way" x1="0" x2="100%" y1="10" y2="10" />
      {sd_chance[model] != null && (
        <line class="mark-chance" x1={at(sd_chance)} x2={at(sd_chance)} y1="0" y2="20" />
      )}
      {sd_low[model] != null && sd_high[model] != null && (
        <line class="strip-interval" x1={at(sd_low)} x2={at(sd_high)} y1="10" y2="10" />
      )}
      {light.map((value, k) => (
        <circle key={k} class="strip-other" cx={across.at(value)} cy="10" r="3.5" />
      ))}
      {sd[model] != null && <circle class="strip-dot" cx={at(sd)} cy="10" r="5.5" />}
    </svg>
  );
}
