// Everything the report knows as tables: searched, filtered, sorted, taken away as CSV.

import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { count } from "../format.js";
import {
  model,
  modelNumber,
  report,
  selectedClasses,
  showInGraph,
  tableWish,
} from "../state.js";
import { tablesOf } from "./catalogue.js";
import { formatWish, parseWish, plainWish } from "./place.js";
import { Table } from "./table.jsx";

export function TablesView() {
  return <Tables key={modelNumber.value} shown={model.value} />;
}

function Tables({ shown }) {
  const tables = useMemo(() => tablesOf(shown, report.value, modelNumber.value), [shown]);
  // The address alone knows what is wished, so that it can always be sent on.
  const wish = useComputed(() => parseWish(tableWish.value, tables));
  const table = useComputed(() => tables.find(({ key }) => key === wish.value.table));
  const change = (part) => {
    tableWish.value = formatWish({ ...wish.value, ...part }, tables);
  };
  const going = {
    head: "In the graph",
    word: "Graph",
    says: (what) => `Show ${what} in the graph`,
    go: (row) => showInGraph(() => table.value.select(row)),
  };
  return (
    <Table
      table={table}
      wish={wish}
      change={change}
      first={(changed) => <TableChoice tables={tables} table={table.value} change={changed} />}
      advice={<Advice table={table.value} among={wish.value.filters.verdict?.among} />}
      going={going}
      isChosen={isChosen}
    />
  );
}

/** A row is the selected one if all classes it names are selected, and no others. */
function isChosen(named) {
  const chosen = selectedClasses.value;
  return named.length === chosen.size && named.every((one) => chosen.has(one));
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
