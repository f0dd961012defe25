/** The address of a query: `#q=` holds its text, `?id=` asks for the first query of a dataset. */

export function queryIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("q");
}

export function datasetIn(search: string): string | null {
  return new URLSearchParams(search).get("id");
}

/** Keep the query in the address, without a new entry in the history. */
export function keepQuery(sql: string): void {
  history.replaceState(history.state, "", sql ? `#${new URLSearchParams({ q: sql })}` : location.pathname + location.search);
}
