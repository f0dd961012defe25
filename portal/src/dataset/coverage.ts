/** The heat map of coverage: which share of the expected periods a month or a year has. */

import type { Coverage } from "../types";

export type Cell = Coverage["cells"][number];

/** One line of the map: twelve months of a year, or ten years of a decade; null where nothing is expected. */
export interface Line {
  label: string;
  cells: (Cell | null)[];
}

/** Lines of the map, oldest first. */
export function coverageLines({ by, cells }: Coverage): Line[] {
  const place = by === "month" ? monthPlace : yearPlace;
  const width = by === "month" ? 12 : 10;
  const lines = new Map<string, (Cell | null)[]>();
  for (const cell of cells) {
    const { label, column } = place(cell.period);
    const line = lines.get(label) ?? new Array<Cell | null>(width).fill(null);
    line[column] = cell;
    lines.set(label, line);
  }
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, row]) => ({ label, cells: row }));
}

/** 0 (nothing) to 4 (everything): the shade of a cell. Only a complete cell gets 4, only an empty one 0. */
export function shade({ present, expected }: Cell): number {
  if (present >= expected) return 4;
  if (present === 0) return 0;
  return 1 + Math.min(2, Math.floor((present / expected) * 3));
}

/** A ratio in percent, rounded down, so that 100 means complete. */
export function percent({ present, expected }: Cell): number {
  return expected === 0 ? 100 : Math.floor((present / expected) * 1000) / 10;
}

function monthPlace(period: string): { label: string; column: number } {
  return { label: period.slice(0, 4), column: Number(period.slice(5, 7)) - 1 };
}

function yearPlace(period: string): { label: string; column: number } {
  return { label: `${period.slice(0, 3)}0`, column: Number(period.slice(3, 4)) };
}
