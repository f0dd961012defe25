/** The columns that a chart needs, from as many of the newest files as it takes to see something. */

import type { Chart, DataFile } from "../types";
import type { Series } from "./parquet";
import type { Reader, Transfer } from "./reading";

export interface Charted extends Transfer {
  time: Series;
  entity: Series | null;
  values: Series[];
}

export interface ChartColumns {
  time: string;
  entity: string | null;
  values: readonly string[];
}

/** Points of a file at most: its last row group. */
const MOST = 5_000;
/** Points in time that are enough, and files that are opened for them at most. */
const ENOUGH = 120;
const MOST_FILES = 12;

export function columnsOf(chart: Chart): ChartColumns {
  const values = chart.kind === "candles" ? [chart.open, chart.high, chart.low, chart.close] : chart.series;
  return { time: chart.time, entity: chart.entity ?? null, values };
}

/** Read files, the newest first, until there are enough points, or `limit` bytes are reached. Throws ReadError. */
export async function loadCharted(reader: Reader, files: readonly DataFile[], columns: ChartColumns, limit: number): Promise<Charted> {
  const names = [columns.time, ...(columns.entity === null ? [] : [columns.entity]), ...columns.values];
  const series: Series[] = names.map(() => []);
  const total = { requests: 0, transferred: 0 };
  for (const file of files.slice(0, MOST_FILES)) {
    const found = await reader.columns(file, names, MOST, limit);
    names.forEach((_, at) => series[at]?.push(...(found.series[at] ?? [])));
    total.requests += found.requests;
    total.transferred += found.transferred;
    if (new Set(series[0]).size >= ENOUGH || total.transferred + file.bytes > limit) break;
  }
  const [time = [], ...rest] = series;
  return { time, entity: columns.entity === null ? null : (rest.shift() ?? []), values: rest, ...total };
}
