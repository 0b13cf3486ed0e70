// What the matrix's colours stand for.

import { count, fixed } from "../format.js";
import { theme } from "../theme.js";
import { contrast } from "./cells.js";
import { confusionRgb, gradient, similarityRgb } from "./colours.js";

export function Legend({ model, grid }) {
  theme.value;
  const { from, to } = contrast(grid);
  const value = (byte) => grid.low + (byte / 255) * (grid.high - grid.low);
  const ends = [from > 0 ? "≤ " : "", to < 255 ? "≥ " : ""];
  const unit = grid.size < grid.n ? "Mean similarity" : "Similarity";
  const where = grid.confusions ? "above the diagonal" : "";
  return (
    <div class="matrix-legend">
      <Scale
        name={unit}
        where={where}
        colours={gradient(similarityRgb)}
        ticks={[
          ends[0] + fixed(value(from)),
          fixed(value((from + to) / 2)),
          ends[1] + fixed(value(to)),
        ]}
      />
      {grid.confusions && (
        <Scale
          name="Confusions, both ways"
          where="below the diagonal"
          colours={gradient(confusionRgb)}
          ticks={confusionTicks(grid.mostConfused)}
        />
      )}
      {model.confused?.omitted > 0 && (
        <p>{count(model.confused.omitted)} rarely confused pairs are left out of this report.</p>
      )}
    </div>
  );
}

/** Counts at the ends and the middle of the logarithmic scale. */
function confusionTicks(most) {
  const middle = Math.round(Math.expm1(Math.log1p(most) / 2));
  return most > 3 ? ["1", count(middle), count(most)] : ["1", "", count(most)];
}

function Scale({ name, where, colours, ticks }) {
  return (
    <div class="matrix-scale">
      <p>
        {name} {where && <span>{where}</span>}
      </p>
      <div class="matrix-ramp" style={{ backgroundImage: colours }} />
      <div class="matrix-ticks">
        {ticks.map((tick, k) => (
          <span key={k}>{tick}</span>
        ))}
      </div>
    </div>
  );
}
