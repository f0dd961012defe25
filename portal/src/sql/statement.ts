/** What can be said of a SQL text without parsing it: the datasets it names, its columns, whether it narrows its rows. */

const COMMENTS_AND_STRINGS = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g;
const QUOTED_NAMES = /"((?:[^"]|"")*)"/g;
const DATASET_ID = /^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/;

/** The dataset ids that a query names in double quotes, in order, each once. */
export function datasetsIn(sql: string): string[] {
  const names = [...bare(sql).matchAll(QUOTED_NAMES)].map((match) => match[1] as string);
  return [...new Set(names.filter((name) => DATASET_ID.test(name)))];
}

/** Whether the query has a WHERE, a LIMIT or a sample: whether it may read less than its whole tables. */
export function narrows(sql: string): boolean {
  return /\b(where|limit|tablesample|using\s+sample)\b/i.test(bare(sql).replace(QUOTED_NAMES, " "));
}

/** The columns that the query may read: those it names, or all of them when there is a `*` other than `count(*)`. */
export function columnsRead(sql: string, columns: readonly string[]): string[] {
  const text = bare(sql).replace(/\bcount\s*\(\s*\*\s*\)/gi, " ");
  if (text.includes("*") || /\b(describe|summarize|columns|table|from)\b/i.exec(text)?.index === 0) return [...columns];
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu));
  return columns.filter((column) => words.has(column.toLowerCase()) || text.includes(`"${column}"`));
}

function bare(sql: string): string {
  return sql.replace(COMMENTS_AND_STRINGS, " ").trim();
}
