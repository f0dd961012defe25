/** Columns of a file as the points of a chart. */

import type { Series } from "./parquet";

/** Points in the order of time: seconds, and the values of each column; null where there is none. */
export interface Points {
  times: number[];
  values: (number | null)[][];
}

/** The things that a table tells apart, in the order of their names. */
export function entities(column: Series): string[] {
  return [...new Set(column.filter((value) => value !== null).map(String))].sort();
}

/** The points of one entity (of all rows without one). Of several rows at one time the last one counts. */
export function points(time: Series, columns: Series[], entity?: { column: Series; name: string }): Points {
  const at = new Map<number, number>();
  time.forEach((value, row) => {
    if (typeof value === "number" && (!entity || String(entity.column[row]) === entity.name)) at.set(value, row);
  });
  const rows = [...at].sort(([a], [b]) => a - b);
  return {
    times: rows.map(([instant]) => instant / 1000),
    values: columns.map((column) => rows.map(([, row]) => numeric(column[row]))),
  };
}

/** The span of a bar in seconds: the smallest step between points. */
export function step(times: readonly number[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) smallest = Math.min(smallest, (times[i] as number) - (times[i - 1] as number));
  return Number.isFinite(smallest) ? smallest : 86_400;
}

function numeric(value: string | number | null | undefined): number | null {
  return typeof value === "number" ? value : null;
}
