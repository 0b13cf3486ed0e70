// Everything the report knows as tables: searched, filtered, sorted, taken away as CSV.

import { useComputed, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { count, counted } from "../format.js";
import { model, modelNumber, report, tableWish } from "../state.js";
import { tablesOf } from "./catalogue.js";
import { csvText, download, formulaLike } from "./csv.js";
import { Choices, Filters } from "./filters.jsx";
import { Grid } from "./grid.jsx";
import { formatWish, parseWish, plainWish } from "./place.js";
import { shownRows } from "./rows.js";

const PAGE = 100;

export function TablesView() {
  return <Tables key={modelNumber.value} shown={model.value} />;
}

function Tables({ shown }) {
  const tables = useMemo(() => tablesOf(shown, report.value, modelNumber.value), [shown]);
  const room = useRef(null);
  const page = useSignal(0);
  // The address alone knows what is wished, so that it can always be sent on.
  const wish = useComputed(() => parseWish(tableWish.value, tables));
  const table = useComputed(() => tables.find(({ key }) => key === wish.value.table));
  const rows = useComputed(() => shownRows(table.value, wish.value));
  const change = (part) => {
    tableWish.value = formatWish({ ...wish.value, ...part }, tables);
    page.value = 0;
  };
  const turn = (to) => {
    page.value = to;
    room.current.scrollTo(0, 0);
  };
  const from = page.value * PAGE;
  return (
    <div class="tables">
      <Bar
        tables={tables}
        table={table.value}
        wish={wish.value}
        rows={rows.value}
        change={change}
      />
      <div class="table-room" ref={room} tabIndex={0} role="region" aria-label={table.value.name}>
        <Grid
          table={table.value}
          rows={rows.value.slice(from, from + PAGE)}
          sort={wish.value.sort}
          from={from}
          onSort={(column) => change({ sort: nextSort(wish.value.sort, column) })}
        />
        {rows.value.length === 0 && (
          <p class="table-none">No row passes the search and the filters.</p>
        )}
      </div>
      <Pages from={from} rows={rows.value.length} of={table.value.length} onTurn={turn} />
    </div>
  );
}

/** First the order one looks for (greatest numbers, names from A), then the other, then none. */
function nextSort(sort, { key, kind }) {
  const first = kind === "number";
  if (sort?.key !== key) return { key, descending: first };
  return sort.descending === first ? { key, descending: !first } : null;
}

function Bar({ tables, table, wish, rows, change }) {
  const filter = (key, wanted) => {
    const filters = { ...wish.filters, [key]: wanted };
    if (!wanted) delete filters[key];
    change({ filters });
  };
  return (
    <div class="table-bar">
      <div class="table-first">
        <TableChoice tables={tables} table={table} change={change} />
        <SearchField wish={wish} change={change} />
        <SortChoice table={table} sort={wish.sort} change={change} />
        <Download table={table} rows={rows} />
      </div>
      <p class="quiet">{table.what}</p>
      <Choices table={table} filters={wish.filters} onFilter={filter} />
      <Advice table={table} among={wish.filters.verdict?.among} />
      <div class="table-more">
        <Filters key={table.key} table={table} filters={wish.filters} onFilter={filter} />
        <Columns table={table} />
      </div>
    </div>
  );
}

function TableChoice({ tables, table, change }) {
  return (
    <label>
      <span class="unseen">Table</span>
      <select value={table.key} onChange={(event) => change(plainWish(event.currentTarget.value))}>
        {tables.map(({ key, name, length }) => (
          <option key={key} value={key}>{`${name} (${count(length)})`}</option>
        ))}
      </select>
    </label>
  );
}

function SearchField({ wish, change }) {
  return (
    <label>
      <span class="unseen">Search this table</span>
      <input
        type="search"
        placeholder="Search this table …"
        value={wish.search}
        onInput={(event) => change({ search: event.currentTarget.value })}
      />
    </label>
  );
}

/** Where rows are cards there are no heads to sort by. */
function SortChoice({ table, sort, change }) {
  const pick = ({ currentTarget: { value } }) =>
    change({ sort: value ? { key: value.slice(1), descending: value[0] === "-" } : null });
  return (
    <label class="table-sort">
      <span class="unseen">Sort</span>
      <select value={sort ? (sort.descending ? "-" : "+") + sort.key : ""} onChange={pick}>
        <option value="">Sorted as found</option>
        {table.columns
          .filter(({ hidden }) => !hidden)
          .flatMap(({ key, title, kind }) => [
            <option
              key={`+${key}`}
              value={`+${key}`}
            >{`${title}, ${kind === "number" ? "least" : "A"} first`}</option>,
            <option
              key={`-${key}`}
              value={`-${key}`}
            >{`${title}, ${kind === "number" ? "greatest" : "Z"} first`}</option>,
          ])}
      </select>
    </label>
  );
}

function Download({ table, rows }) {
  const told = useSignal("");
  const take = () => {
    download(csvText(table.columns, rows), `${table.key}.csv`);
    const risky = formulaLike(table.columns, rows);
    told.value = risky
      ? `${counted(risky, "text begins", "texts begin")} like a formula and stand in the file as they are: import these columns as text.`
      : "";
  };
  return (
    <>
      <button
        class="table-button"
        onClick={take}
        title="What is filtered, in this order, every value exactly as it is"
      >
        Download CSV ({counted(rows.length, "row", "rows")})
      </button>
      <p class="table-told" role="status">
        {told.value}
      </p>
    </>
  );
}

/** What the chosen verdicts mean and ask for. */
function Advice({ table: { verdicts, columns }, among }) {
  if (!verdicts || !columns.some(({ key }) => key === "verdict") || among?.size !== 1) return null;
  const [named] = among;
  const at = verdicts.names.indexOf(named);
  return (
    <p class="table-advice">
      <b>{named}</b>: {verdicts.meaning[at]}. What can be done: {verdicts.advice[at]}.
    </p>
  );
}

function Columns({ table }) {
  return (
    <details class="table-columns">
      <summary>What the columns say</summary>
      <dl>
        {table.columns
          .filter(({ hidden }) => !hidden)
          .map(({ key, title, help }) => (
            <div key={key}>
              <dt>{title}</dt>
              <dd>{help}</dd>
            </div>
          ))}
      </dl>
    </details>
  );
}

function Pages({ from, rows, of, onTurn }) {
  const page = from / PAGE;
  const last = Math.max(0, Math.ceil(rows / PAGE) - 1);
  const to = Math.min(from + PAGE, rows);
  const filtered = rows < of ? ` (of ${count(of)})` : "";
  const step = (name, goal, mark) => (
    <button
      class="table-button"
      disabled={goal < 0 || goal > last || goal === page}
      aria-label={name}
      onClick={() => onTurn(goal)}
    >
      {mark}
    </button>
  );
  return (
    <div class="table-pages">
      <p role="status">
        {rows ? `Rows ${count(from + 1)} to ${count(to)} of ${count(rows)}` : "No rows"}
        {filtered}
        <span class="table-printed"> The others are in the report itself.</span>
      </p>
      <div>
        {step("First page", 0, "«")}
        {step("Page before", page - 1, "‹")}
        {step("Next page", page + 1, "›")}
        {step("Last page", last, "»")}
      </div>
    </div>
  );
}
