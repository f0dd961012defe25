/** Datasets as the search file lists them, made ready for searching. */

import type { Outcome, SearchFile } from "../types";

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly title_zh: string | null;
  readonly tags: readonly string[];
  readonly columns: readonly string[];
  readonly keywords: string;
  readonly asset_class: string | null;
  readonly frequency: string | null;
  readonly license: string;
  readonly rows: number;
  readonly bytes: number;
  readonly updated: string;
  readonly through: string | null;
  /** One letter per run, oldest first. */
  readonly runs: string;
  readonly verified: boolean;
  readonly sandbox: boolean;
}

/** The letters of `runs`. */
const OUTCOMES: Readonly<Record<string, Outcome>> = { p: "published", u: "unchanged", q: "quarantined", f: "failed" };

const NEEDED: readonly (keyof Row)[] = ["id", "title", "tags", "columns", "keywords", "license", "rows", "bytes", "updated", "runs"];

/** The rows of a search file, by the names in its `fields`. Throws an Error that names a field the file lacks. */
export function rowsOf({ fields, rows }: SearchFile): Row[] {
  const lacking = NEEDED.find((name) => !fields.includes(name));
  if (lacking) throw new Error(`the field ${lacking} is not in it`);
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [at, name] of fields.entries()) row[name] = values[at];
    return row as unknown as Row;
  });
}

/** How the last runs of a dataset ended, at most that many, oldest first. */
export function lastRuns({ runs }: Row, most: number): Outcome[] {
  return Array.from(runs.slice(-most), (letter) => OUTCOMES[letter]).filter((outcome) => outcome !== undefined);
}

/** Whether readers have what the run was for. */
export function succeeded(outcome: Outcome): boolean {
  return outcome === "published" || outcome === "unchanged";
}
