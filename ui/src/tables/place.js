// Which table is shown and how, as a part of the report's address.

/** @typedef {{table: string, search: string, filters: object, sort: object|null}} Wish */

export const plainWish = (table) => ({ table, search: "", filters: {}, sort: null });

/** "table=pairs&sort=-similarity&q=dog&similarity=0.3..": undefined for the first table as it is. */
export function formatWish(wish, tables) {
  const named = new URLSearchParams();
  if (wish.table !== tables[0].key) named.set("table", wish.table);
  if (wish.search) named.set("q", wish.search);
  if (wish.sort) named.set("sort", (wish.sort.descending ? "-" : "") + wish.sort.key);
  for (const [key, filter] of Object.entries(wish.filters))
    named.set(`in.${key}`, formatFilter(filter));
  return named.toString() || undefined;
}

const formatFilter = ({ contains, least, most, among }) => {
  if (contains !== undefined) return contains;
  return among ? [...among].join("|") : `${least ?? ""}..${most ?? ""}`;
};

/** The wish that such a text names; what there is not is left out. */
export function parseWish(text, tables) {
  const named = new URLSearchParams(text ?? "");
  const table = tables.find(({ key }) => key === named.get("table")) ?? tables[0];
  const wish = { ...plainWish(table.key), search: named.get("q") ?? "" };
  const sort = named.get("sort") ?? "";
  const key = sort.replace(/^-/, "");
  for (const column of table.columns) {
    if (column.key === key) wish.sort = { key, descending: sort.startsWith("-") };
    const filter = named.get(`in.${column.key}`);
    if (filter) wish.filters[column.key] = parseFilter(filter, column);
  }
  return wish;
}

function parseFilter(text, { kind, options }) {
  if (kind === "text") return { contains: text };
  if (kind === "choice") {
    const wanted = text.split("|");
    return { among: new Set(options.filter((option) => wanted.includes(option))) };
  }
  const [least, most] = text.split("..").map((bound) => (bound === "" ? undefined : Number(bound)));
  return { least: finite(least), most: finite(most) };
}

const finite = (value) => (Number.isFinite(value) ? value : undefined);
