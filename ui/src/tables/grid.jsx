// The rows of one page of a table under heads that sort.

import { selectedClasses, showInGraph } from "../state.js";
import { VerdictMark } from "./mark.jsx";

export function Grid({ table, rows, sort, onSort, from }) {
  const columns = table.columns.filter(({ hidden }) => !hidden);
  return (
    <table role="table" class="table-grid" aria-label={table.name} aria-rowcount={table.length + 1}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <Head key={column.key} column={column} sort={sort} onSort={onSort} />
          ))}
          <th role="columnheader" scope="col">
            <span class="unseen">In the graph</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, k) => (
          <Row key={k} row={row} at={from + k + 2} table={table} columns={columns} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ column, sort, onSort }) {
  const { key, title, help, kind } = column;
  const by = sort?.key === key ? (sort.descending ? "descending" : "ascending") : "none";
  return (
    <th
      role="columnheader"
      scope="col"
      class={kind === "number" ? "is-number" : undefined}
      aria-sort={by}
    >
      <button onClick={() => onSort(column)} title={help}>
        {title}
        <span aria-hidden="true">{{ ascending: " ▲", descending: " ▼", none: "" }[by]}</span>
      </button>
    </th>
  );
}

function Row({ row, at, table, columns }) {
  const named = columns.filter(({ one }) => one);
  const chosen = isChosen(row, named, selectedClasses.value);
  const what = named.map(({ value }) => value(row)).join(" and ") || columns[0].said(row);
  return (
    <tr role="row" aria-rowindex={at} class={chosen ? "is-chosen" : undefined}>
      {columns.map((column) => (
        <Cell key={column.key} column={column} row={row} />
      ))}
      <td role="cell" class="table-go">
        <button
          class="link"
          onClick={() => showInGraph(() => table.select(row))}
          aria-label={`Show ${what} in the graph`}
        >
          Graph
        </button>
      </td>
    </tr>
  );
}

/** A row is the selected one if all classes it names are selected, and no others. */
function isChosen(row, named, chosen) {
  if (!named.length || named.length !== chosen.size) return false;
  return named.every(({ one }) => chosen.has(one(row)));
}

function Cell({ column, row }) {
  const { key, title, kind } = column;
  const said = column.said(row);
  if (kind === "number") {
    return (
      <td role="cell" class="is-number" data-title={title}>
        {said}
      </td>
    );
  }
  return (
    <td role="cell" class={kind === "choice" ? "is-choice" : undefined} data-title={title}>
      {key === "verdict" && <VerdictMark verdict={said} />}
      <bdi dir="auto" class="table-text" title={column.value(row) ?? undefined}>
        {said}
      </bdi>
    </td>
  );
}
