/** Which Parquet files make up a dataset, and the query to begin with. */

import type { DataFile, DatasetDocument } from "../types";

/** A dataset as a table: its newest files. */
export interface Table {
  readonly id: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly files: readonly DataFile[];
  readonly bytes: number;
  /** Slices that the dataset has beside those of `files`: older ones, which are left out. */
  readonly leftOut: number;
}

/** The table of a dataset: its slices united, or its newest version. Null when nothing is published. */
export function tableOf({ entry, columns, slices }: Pick<DatasetDocument, "columns" | "slices"> & { entry: Named }): Table | null {
  if (slices.length === 0) return null;
  const bytes = slices.reduce((sum, file) => sum + file.bytes, 0);
  const leftOut = entry.versioning === "date" ? entry.partitions - slices.length : 0;
  return { id: entry.id, columns, files: slices, bytes, leftOut };
}

type Named = Pick<DatasetDocument["entry"], "id" | "versioning" | "partitions">;

/** The newest rows of a dataset, by a filter on its time where it has one, so that little is read. */
export function firstQuery({ entry, columns, chart }: Pick<DatasetDocument, "columns" | "chart"> & { entry: Spanned }): string {
  const from = `SELECT *\nFROM ${quoted(entry.id)}`;
  const time = columns.find((column) => column.name === chart?.time);
  if (!time || !entry.max_date) return `${from}\nLIMIT 100`;
  const last = new Date(`${entry.max_date.slice(0, 10)}T00:00:00Z`);
  if (time.type === "date") last.setUTCMonth(last.getUTCMonth() - 1);
  const since = `${time.type === "date" ? "DATE" : "TIMESTAMP"} '${last.toISOString().slice(0, 10)}'`;
  return `${from}\nWHERE ${quoted(time.name)} >= ${since}\nORDER BY ${quoted(time.name)} DESC\nLIMIT 100`;
}

type Spanned = Pick<DatasetDocument["entry"], "id" | "max_date">;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
