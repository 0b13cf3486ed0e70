// Similarity Depth in words and as a picture between chance and ceiling.

import { count, fixed, percent } from "../format.js";
import { Explain } from "../parts/explain.jsx";
import { DepthPicture } from "./depth_picture.jsx";

export function DepthScore({ of }) {
  const { depth } = of.scores;
  if (depth.observed == null) return <Undefined reason={depth.reason} />;
  return (
    <div class="depth-score">
      <h3>
        Similarity Depth <b class="figure">{fixed(depth.observed)}</b>
        <Explain what="Similarity Depth">
          Classes that the network perceives as alike are joined into trees. Every edge joins two
          classes; the taxonomy says at which concept the two meet, and how deep below its root that
          concept lies. The mean depth of all edges is the Similarity Depth. Large means: what the
          network finds alike is alike. The same trees with the class names dealt out at random give{" "}
          {fixed(depth.null_mean)} here.
        </Explain>
      </h3>
      <p class="lead">{sentence(depth)}</p>
      <DepthPicture of={of} />
      {depth.reason && <p class="quiet">Not all is defined: {depth.reason}.</p>}
    </div>
  );
}

function Undefined({ reason }) {
  return (
    <div class="depth-score">
      <h3>
        Similarity Depth <b class="figure">undefined</b>
      </h3>
      <p class="lead">
        {reason ? `${reason[0].toUpperCase()}${reason.slice(1)}. ` : ""}Depth needs edges between classes
        that have a place in the taxonomy; how alike the classes are to the network holds all the same.
      </p>
    </div>
  );
}

function sentence({ observed, null_mean: chance, ceiling, normalised, ...rest }) {
  const where =
    chance == null
      ? ""
      : `; with the names dealt out at random it would be ${fixed(chance)}` +
        (ceiling == null ? "" : `, at the very most ${fixed(ceiling)}`);
  const share =
    normalised == null
      ? ""
      : ` That is ${percent(normalised)} of the way from chance to the ceiling.`;
  return (
    `Two classes that this network finds alike meet, on average, at depth ${fixed(observed)} of the ` +
    `taxonomy${where}.${share} ${likelihood(rest)}`
  );
}

/** A p-value in words: how many of the random relabellings came as far. */
export function likelihood({ p_value: p, permutations }) {
  if (p == null || !permutations) return "";
  const reached = Math.round(p * (permutations + 1)) - 1;
  const tried = `${count(permutations)} random relabellings`;
  const shown = `(p = ${Number(p.toPrecision(2))})`;
  if (reached <= 0) return `None of ${tried} came as far ${shown}.`;
  const doubt = p > 0.05 ? ", so chance alone may do it" : "";
  return `${count(reached)} of ${tried} came as far${doubt} ${shown}.`;
}
