// The filters of a table, each as its column asks: words, a range, or a choice of some.

import { count } from "../format.js";
import { VerdictMark } from "./mark.jsx";

/** Choices, always in sight, as buttons that are pressed or not. */
export function Choices({ table, filters, onFilter }) {
  const columns = table.columns.filter(
    ({ kind, options }) => kind === "choice" && options.length > 1,
  );
  return columns.map((column) => (
    <Chips
      key={column.key}
      column={column}
      table={table}
      filter={filters[column.key]}
      onFilter={onFilter}
    />
  ));
}

function Chips({ column: { key, title, options }, table: { verdicts }, filter, onFilter }) {
  const chosen = filter?.among ?? new Set();
  const toggle = (option) => {
    const among = new Set(chosen);
    if (!among.delete(option)) among.add(option);
    onFilter(key, among.size ? { among } : undefined);
  };
  return (
    <div class="table-chips" role="group" aria-label={title}>
      {options.map((option, k) => (
        <button
          key={option}
          aria-pressed={chosen.has(option)}
          title={verdicts && key === "verdict" ? verdicts.meaning[k] : undefined}
          onClick={() => toggle(option)}
        >
          {key === "verdict" && <VerdictMark verdict={option} />} {option}
          {verdicts && key === "verdict" && <span class="quiet"> {count(verdicts.counts[k])}</span>}
        </button>
      ))}
    </div>
  );
}

/** All other filters, folded away until they are wanted. */
export function Filters({ table, filters, onFilter }) {
  const columns = table.columns.filter(({ kind, hidden }) => kind !== "choice" && !hidden);
  const used = columns.filter(({ key }) => filters[key]).length;
  return (
    <details class="table-filters" open={used > 0 || undefined}>
      <summary>Filter by column{used > 0 && ` (${used} in use)`}</summary>
      <div>
        {columns.map((column) =>
          column.kind === "number" ? (
            <Range
              key={column.key}
              column={column}
              filter={filters[column.key]}
              onFilter={onFilter}
            />
          ) : (
            <Words
              key={column.key}
              column={column}
              filter={filters[column.key]}
              onFilter={onFilter}
            />
          ),
        )}
      </div>
    </details>
  );
}

function Words({ column: { key, title, help }, filter, onFilter }) {
  const change = ({ currentTarget: { value } }) =>
    onFilter(key, value ? { contains: value } : undefined);
  return (
    <label title={help}>
      <span>{title}</span>
      <input
        type="text"
        value={filter?.contains ?? ""}
        onInput={change}
        placeholder="contains …"
        dir="auto"
      />
    </label>
  );
}

function Range({ column: { key, title, help }, filter, onFilter }) {
  const bound =
    (which) =>
    ({ currentTarget: { value } }) => {
      const changed = { least: filter?.least, most: filter?.most };
      changed[which] = value === "" || Number.isNaN(Number(value)) ? undefined : Number(value);
      const any = changed.least !== undefined || changed.most !== undefined;
      onFilter(key, any ? changed : undefined);
    };
  return (
    <fieldset title={help}>
      <legend>{title}</legend>
      <input
        type="number"
        step="any"
        placeholder="from"
        aria-label={`${title} from`}
        value={filter?.least ?? ""}
        onChange={bound("least")}
      />
      <input
        type="number"
        step="any"
        placeholder="to"
        aria-label={`${title} to`}
        value={filter?.most ?? ""}
        onChange={bound("most")}
      />
    </fieldset>
  );
}
