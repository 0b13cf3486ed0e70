// Where Similarity Depth lies: depths of the edges against those of all pairs, chance, ceiling.
//
// Chance is the mean depth of all pairs and Similarity Depth that of the edges, so both are the
// centres of what is drawn. Places are percentages: the picture follows its column, its text not.

import { useId } from "preact/hooks";
import { fixed } from "../format.js";
import { report } from "../state.js";

const TOP = 20;
const BASE = 132;
const STRIP = 172;

export function DepthPicture({ of }) {
  const id = useId();
  const { depth } = of.scores;
  const [low, high] = range();
  const at = (value) => (100 * (value - low)) / (high - low);
  return (
    <figure class="depth-picture">
      <svg role="img" aria-labelledby={`${id}t ${id}d`} width="100%">
        <title id={`${id}t`}>Depth at which alike classes meet, against all pairs</title>
        <desc id={`${id}d`}>{description(of)}</desc>
        <Histogram of={of} low={low} high={high} at={at} />
        <Axis low={low} high={high} at={at} />
        <Strip depth={depth} at={at} />
      </svg>
      <figcaption class="key">
        <span>Across: depth. Up: share of</span>
        <span class="key-edges">alike pairs (edges)</span>
        <span class="key-pairs">all pairs</span>
        {depth.null_sd != null && <span class="key-sd">chance ± {fixed(depth.null_sd)}</span>}
        {depth.interval?.[0] != null && <span class="key-interval">95% interval</span>}
      </figcaption>
    </figure>
  );
}

// Two models share one axis, or their pictures could not be compared.
function range() {
  const ends = report.value.models.flatMap(({ depth_histogram: { edges, pairs }, scores: { depth } }) => {
    const seen = pairs.map((share, at) => (share >= 0.002 || edges[at] > 0 ? at : null));
    const marks = [depth.ceiling, depth.interval?.[1], depth.observed, depth.null_mean];
    return [...seen, ...marks].filter((end) => end != null);
  });
  return [Math.floor(Math.min(...ends)) - 0.6, Math.ceil(Math.max(...ends)) + 0.6];
}

function shares({ edges, pairs }) {
  const all = edges.reduce((sum, found) => sum + found, 0) || 1;
  return { edges: edges.map((found) => found / all), pairs };
}

function Histogram({ of, low, high, at }) {
  const { edges, pairs } = shares(of.depth_histogram);
  const tallest = Math.max(...edges, ...pairs);
  const size = (share) => ((BASE - TOP) * share) / tallest;
  const bars = (heights, kind, width) =>
    heights.map(
      (share, depth) =>
        share > 0 &&
        depth > low &&
        depth < high && (
          <rect
            key={`${kind}${depth}`}
            class={kind}
            x={`${at(depth - width / 2)}%`}
            width={`${at(low + width)}%`}
            y={BASE - size(share)}
            height={size(share)}
          />
        ),
    );
  return (
    <g>
      {bars(pairs, "pairs-bar", 0.86)}
      {bars(edges, "edges-bar", 0.44)}
    </g>
  );
}

function Axis({ low, high, at }) {
  const span = high - low;
  const step = span > 40 ? 10 : span > 24 ? 4 : span > 9 ? 2 : 1;
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick < high; tick += step) ticks.push(tick);
  return (
    <g class="axis">
      <line x1="0" x2="100%" y1={BASE} y2={BASE} />
      {ticks.map((tick) => (
        <text key={tick} x={`${at(tick)}%`} y={BASE} dy="1.2em" text-anchor="middle">
          {tick}
        </text>
      ))}
    </g>
  );
}

/** Chance, the network and the ceiling on one line under the axis. */
function Strip({ depth, at }) {
  const { observed, null_mean: chance, null_sd: sd, ceiling, interval } = depth;
  const x = (value) => `${at(value)}%`;
  const [from, to] = interval ?? [];
  return (
    <g class="strip">
      {chance != null && ceiling != null && (
        <line class="strip-way" x1={x(chance)} x2={x(ceiling)} y1={STRIP} y2={STRIP} />
      )}
      {chance != null && <Mark at={at(chance)} kind="chance" top={TOP} />}
      {sd != null && (
        <rect class="strip-sd" x={x(chance - sd)} width={`${at(chance + sd) - at(chance - sd)}%`} y={STRIP - 6} height="12" />
      )}
      {ceiling != null && <Mark at={at(ceiling)} kind="ceiling" top={STRIP - 9} />}
      <Mark at={at(observed)} kind="observed" top={TOP} />
      {from != null && <line class="strip-interval" x1={x(from)} x2={x(to)} y1={STRIP} y2={STRIP} />}
      <circle class="strip-dot" cx={x(observed)} cy={STRIP} r="6" />
      <Labels depth={depth} at={at} />
    </g>
  );
}

const Mark = ({ at, kind, top }) => (
  <line class={`mark-${kind}`} x1={`${at}%`} x2={`${at}%`} y1={top} y2={STRIP + 9} />
);

// Three lines of text, so that no two names ever meet: above, and below the strip.
function Labels({ depth: { observed, null_mean: chance, ceiling }, at }) {
  const text = (value, words, kind, place) =>
    value != null && (
      <text class={`label-${kind}`} x={`${at(value)}%`} text-anchor={lean(at(value))} {...place}>
        {words}
      </text>
    );
  return (
    <>
      {text(observed, `${fixed(observed)} this network`, "observed", { y: TOP - 6 })}
      {text(chance, `chance ${fixed(chance)}`, "chance", { y: STRIP + 9, dy: "1.05em" })}
      {text(ceiling, `ceiling ${fixed(ceiling)}`, "ceiling", { y: STRIP + 9, dy: "2.25em" })}
    </>
  );
}

const lean = (place) => (place < 30 ? "start" : place > 70 ? "end" : "middle");

function description({ depth_histogram: histogram, scores: { depth } }) {
  const { edges, pairs } = shares(histogram);
  const most = (heights) => heights.indexOf(Math.max(...heights));
  const part = (words, value) => (value == null ? "" : `${words} ${fixed(value)}. `);
  const [from, to] = depth.interval ?? [];
  return (
    part("Similarity Depth", depth.observed) +
    (from == null ? "" : `95% interval ${fixed(from)} to ${fixed(to)}. `) +
    part("By chance", depth.null_mean) +
    part("Standard deviation of chance", depth.null_sd) +
    part("Ceiling", depth.ceiling) +
    `Most edges meet at depth ${most(edges)}, most pairs of classes at depth ${most(pairs)}.`
  );
}
