/** How a query's tables are read, how many bytes that is at most, and what is refused. */

import { columnsRead, narrows } from "./statement";
import type { Table } from "./tables";

/** Without a filter, tables up to this size are fetched whole, once. */
export const WHOLE_UP_TO = 64_000_000;
/** Above this size a query must have a filter or a LIMIT. */
export const NARROW_ABOVE = 500_000_000;

/** Compressed bytes of each column of a table, as its Parquet footer says. */
export type ColumnBytes = ReadonlyMap<string, number>;

export interface Cost {
  readonly id: string;
  readonly how: "whole" | "range" | "refused";
  /** Exact for what is fetched whole, else the most that can be read. */
  readonly bytes: number;
}

export function costOf(sql: string, table: Table, columnBytes: ColumnBytes | null): Cost {
  if (!narrows(sql)) {
    if (table.bytes <= WHOLE_UP_TO) return { id: table.id, how: "whole", bytes: table.bytes };
    if (table.bytes > NARROW_ABOVE) return { id: table.id, how: "refused", bytes: table.bytes };
  }
  return { id: table.id, how: "range", bytes: mostRead(sql, table, columnBytes) };
}

function mostRead(sql: string, table: Table, columnBytes: ColumnBytes | null): number {
  if (!columnBytes) return table.bytes;
  const all = table.columns.map((column) => column.name);
  return columnsRead(sql, all).reduce((sum, name) => sum + (columnBytes.get(name) ?? 0), 0);
}
