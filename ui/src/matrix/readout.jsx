// What the cell pointed at says: the two classes, their similarity, confusions, and where they meet.

import { clusterName, conceptWord, edgeBetween } from "../data.js";
import { count, counted, fixed } from "../format.js";
import { meeting } from "../taxonomy.js";
import { selection } from "../state.js";
import { blockClasses, blockOf, similarityAt } from "./cells.js";

const MOST_NAMED = 4;

/** Follows the cell pointed at; while there is none, the selected pair. */
export function Readout({ model, grid, pointed }) {
  const cell = pointed.value ?? selectedCell(grid);
  return (
    <div class="matrix-readout" aria-live="polite" aria-atomic="true">
      {cell ? (
        <Cell model={model} grid={grid} cell={cell} />
      ) : (
        <p>Point at a cell to read it, click to select it.</p>
      )}
    </div>
  );
}

function selectedCell(grid) {
  const chosen = selection.value;
  if (chosen?.kind !== "pair") return null;
  const [line, column] = [chosen.a, chosen.b].map((one) => blockOf(grid, grid.position[one]));
  return [column, line];
}

function Cell({ model, grid, cell: [column, line] }) {
  const [down, across] = [line, column].map((block) => blockClasses(grid, block));
  if (down.length > 1 || across.length > 1) {
    return <Blocks model={model} grid={grid} cell={[column, line]} down={down} across={across} />;
  }
  if (line === column) return <One model={model} at={down[0]} />;
  return <Pair model={model} grid={grid} cell={[column, line]} a={down[0]} b={across[0]} />;
}

function Name({ children }) {
  return (
    <bdi class="matrix-name" dir="auto" title={children}>
      {children}
    </bdi>
  );
}

function One({ model, at }) {
  return (
    <>
      <p class="matrix-pair">
        <Name>{model.classes.label[at]}</Name>
      </p>
      <dl>
        <dt>Cluster</dt>
        <dd>
          <bdi>{clusterName(model, model.classes.cluster[at])}</bdi>
        </dd>
      </dl>
    </>
  );
}

function Pair({ model, grid, cell: [column, line], a, b }) {
  const { label } = model.classes;
  const met = meeting(model, a, b);
  const { hierarchy } = model;
  return (
    <>
      <p class="matrix-pair">
        <Name>{label[a]}</Name> <span aria-hidden="true">×</span> <Name>{label[b]}</Name>
      </p>
      <dl>
        <dt>Similarity</dt>
        <dd>{fixed(similarityAt(grid, line, column))}</dd>
        {model.confused && <Confusions model={model} a={a} b={b} />}
        <dt>They meet in</dt>
        <dd>
          {met == null ? "–" : `${conceptWord(hierarchy.name[met])}, depth ${hierarchy.depth[met]}`}
        </dd>
      </dl>
    </>
  );
}

function Confusions({ model, a, b }) {
  const edge = edgeBetween(model, "confused", a, b);
  const { a: first, a_as_b, b_as_a } = model.confused;
  const ways = edge < 0 ? [0, 0] : [a_as_b[edge], b_as_a[edge]];
  const [there, back] = edge >= 0 && first[edge] !== a ? ways.reverse() : ways;
  return (
    <>
      <dt>First taken for second</dt>
      <dd>{count(there)}</dd>
      <dt>Second taken for first</dt>
      <dd>{count(back)}</dd>
    </>
  );
}

function Blocks({ model, grid, cell: [column, line], down, across }) {
  const { label } = model.classes;
  const listed = (block) =>
    block
      .slice(0, MOST_NAMED)
      .map((one) => label[one])
      .join(", ") + (block.length > MOST_NAMED ? " …" : "");
  const confusions = grid.confusions?.[line * grid.size + column];
  return (
    <>
      <p class="matrix-pair">
        <Name>{listed(down)}</Name> {line !== column && <span aria-hidden="true">×</span>}{" "}
        {line !== column && <Name>{listed(across)}</Name>}
      </p>
      <dl>
        <dt>Mean similarity</dt>
        <dd>
          {fixed(similarityAt(grid, line, column))} over {down.length} ×{" "}
          {counted(across.length, "class", "classes")}
        </dd>
        {confusions != null && (
          <>
            <dt>Confusions in all</dt>
            <dd>{count(confusions)}</dd>
          </>
        )}
      </dl>
    </>
  );
}
