// Tables as CSV files (RFC 4180, UTF-8): every value exactly as it is in the report.
//
// A name such as "=1+1" is written as it is, too: a guard in front of it would be a wrong name to
// every program that reads the file. `formulaLike` counts such names, so that the page can warn.

const NEEDS_QUOTES = /[",\r\n]/;
// What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection").
const FORMULA = /^[=+\-@\t\r]/;

const field = (value) => {
  const text = value == null ? "" : String(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The rows of a table under a line of column names, lines ending in CR LF. */
export function csvText(columns, rows) {
  const lines = [columns.map(({ key }) => field(key)).join(",")];
  for (const row of rows) lines.push(columns.map(({ value }) => field(value(row))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** How many texts of these rows a spreadsheet would take for formulas. */
export function formulaLike(columns, rows) {
  const texts = columns.filter(({ kind }) => kind === "text");
  let found = 0;
  for (const row of rows)
    for (const { value } of texts) found += FORMULA.test(value(row) ?? "") ? 1 : 0;
  return found;
}

/** Hands a text to the browser as a file to keep. */
export function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
