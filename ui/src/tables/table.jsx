// One table: a bar to search, sort and filter it, its rows, its pages.

import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { count, counted } from "../format.js";
import { csvText, download, formulaLike } from "./csv.js";
import { Choices, Filters } from "./filters.jsx";
import { Grid } from "./grid.jsx";
import { shownRows } from "./rows.js";

const PAGE = 100;

/**
 * A table as `table` and `wish` (signals) say; `change` takes a part of the wish. `first` stands
 * before the search, `advice` under the choices; `going` and `isChosen` are those of the grid.
 */
export function Table({ table, wish, change, first, advice, going, isChosen }) {
  const room = useRef(null);
  const page = useSignal(0);
  const rows = useComputed(() => shownRows(table.value, wish.value));
  const pages = Math.max(1, Math.ceil(rows.value.length / PAGE));
  const from = Math.min(page.value, pages - 1) * PAGE;
  const changed = (part) => {
    change(part);
    page.value = 0;
  };
  const turn = (to) => {
    page.value = to;
    room.current.scrollTo(0, 0);
  };
  return (
    <div class="tables">
      <Bar
        table={table.value}
        wish={wish.value}
        rows={rows.value}
        change={changed}
        first={first?.(changed)}
        advice={advice}
      />
      <div class="table-room" ref={room} tabIndex={0} role="region" aria-label={table.value.name}>
        <Grid
          table={table.value}
          rows={rows.value.slice(from, from + PAGE)}
          sort={wish.value.sort}
          from={from}
          onSort={(column) => changed({ sort: nextSort(wish.value.sort, column) })}
          going={going}
          isChosen={isChosen}
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

function Bar({ table, wish, rows, change, first, advice }) {
  const filter = (key, wanted) => {
    const filters = { ...wish.filters, [key]: wanted };
    if (!wanted) delete filters[key];
    change({ filters });
  };
  return (
    <div class="table-bar">
      <div class="table-first">
        {first}
        <SearchField wish={wish} change={change} />
        <SortChoice table={table} sort={wish.sort} change={change} />
        <Download table={table} rows={rows} />
      </div>
      <p class="quiet">{table.what}</p>
      <Choices table={table} filters={wish.filters} onFilter={filter} />
      {advice}
      <div class="table-more">
        <Filters key={table.key} table={table} filters={wish.filters} onFilter={filter} />
        <Columns table={table} />
      </div>
    </div>
  );
}

function SearchField({ wish, change }) {
  return (
    <label class="table-search">
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

function Columns({ table }) {
  return (
    <details class="table-columns">
      <summary>What the columns say</summary>
      <dl tabIndex={0}>
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
