// The rows of one page of a table under heads that sort.

import { VerdictMark } from "./mark.jsx";

/**
 * `going` is what the button of a row does: {head, word, says(name), go(row)}, and of a button that
 * is pressed or not, pressed(row); `isChosen` tells whether a row that names these is selected.
 */
export function Grid({ table, rows, sort, onSort, from, going, isChosen }) {
  const columns = table.columns.filter(({ hidden }) => !hidden);
  return (
    <table role="table" class="table-grid" aria-label={table.name} aria-rowcount={table.length + 1}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <Head key={column.key} column={column} sort={sort} onSort={onSort} />
          ))}
          <th role="columnheader" scope="col">
            <span class="unseen">{going.head}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, k) => (
          <Row
            key={k}
            row={row}
            at={from + k + 2}
            columns={columns}
            going={going}
            isChosen={isChosen}
          />
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

function Row({ row, at, columns, going, isChosen }) {
  const named = columns.filter(({ one }) => one);
  const chosen = named.length > 0 && isChosen(named.map(({ one }) => one(row)));
  const what = named.map(({ value }) => value(row)).join(" and ") || columns[0].said(row);
  return (
    <tr role="row" aria-rowindex={at} class={chosen ? "is-chosen" : undefined}>
      {columns.map((column) => (
        <Cell key={column.key} column={column} row={row} />
      ))}
      <td role="cell" class="table-go">
        <button
          class="link"
          onClick={() => going.go(row)}
          aria-label={going.says(what)}
          aria-pressed={going.pressed?.(row)}
        >
          {going.word}
        </button>
      </td>
    </tr>
  );
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
