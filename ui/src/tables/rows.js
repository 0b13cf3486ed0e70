// Which rows of a table are shown, and in which order: search, filters, sorting.

const collator = new Intl.Collator("en", { numeric: true });
const lowered = new WeakMap();

/**
 * The row numbers that pass, in order. `wish` is {search, filters: {key: filter}, sort: {key,
 * descending} | null}; a filter is {contains}, {least, most} or {among: Set}.
 */
export function shownRows(table, { search, filters, sort }) {
  const tests = [];
  if (search.trim()) tests.push(searchTest(table, search));
  for (const column of table.columns) {
    const filter = filters[column.key];
    if (filter) tests.push(filterTest(column, filter));
  }
  const rows = [];
  for (let row = 0; row < table.length; row++) if (tests.every((test) => test(row))) rows.push(row);
  const by = sort && table.columns.find(({ key }) => key === sort.key);
  return by ? sorted(rows, by, sort.descending, table.length) : rows;
}

/** Every word has to be somewhere in the row. */
function searchTest(table, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const searched = table.columns.filter((column) => column.searched);
  return (row) => {
    const texts = searched.map((column) => lowerText(column, row));
    return words.every((word) => texts.some((text) => text.includes(word)));
  };
}

function lowerText(column, row) {
  if (!lowered.has(column)) lowered.set(column, []);
  const known = lowered.get(column);
  return (known[row] ??= (column.value(row) ?? "").toLowerCase());
}

function filterTest(column, { contains, least, most, among }) {
  if (contains !== undefined) {
    const wanted = contains.toLowerCase();
    return (row) => (column.value(row) ?? "").toLowerCase().includes(wanted);
  }
  if (among) return (row) => among.has(column.value(row));
  return (row) => {
    const value = column.value(row);
    return value != null && value >= (least ?? -Infinity) && value <= (most ?? Infinity);
  };
}

/** Sorted stably; what is unknown comes last either way. */
function sorted(rows, column, descending, length) {
  const rank = column.kind === "number" ? column.value : rankOf(column, length);
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, rank: rank(row) }));
  keyed.sort((a, b) => {
    if (a.rank == null || b.rank == null) return (a.rank == null) - (b.rank == null);
    return sign * (a.rank - b.rank);
  });
  return keyed.map(({ row }) => row);
}

const ranks = new WeakMap();

/** Texts compared once each, once a column: row by row would be slow for 50,000 of them. */
function rankOf(column, length) {
  if (!ranks.has(column)) {
    const values = new Set();
    for (let row = 0; row < length; row++) values.add(column.value(row));
    values.delete(null);
    const inOrder = column.options ?? [...values].sort(collator.compare);
    ranks.set(column, new Map(inOrder.map((value, at) => [value, at])));
  }
  const known = ranks.get(column);
  return (row) => known.get(column.value(row)) ?? null;
}
