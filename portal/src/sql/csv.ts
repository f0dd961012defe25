/** Rows as CSV by RFC 4180: CRLF, quotes only where needed, values exactly as they are. */

export type Cell = string | number | bigint | boolean | null;

/** The text of a CSV file. Values that a spreadsheet takes for formulas are not altered: the file is data, and says so. */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: Cell): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) || text === "" && value !== null ? `"${text.replaceAll('"', '""')}"` : text;
}
