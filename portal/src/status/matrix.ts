/** The table of portal/status.json, its sums, and the history of a cell. */

import type { CellStatus, StatusDocument } from "../types";

export type Module = StatusDocument["modules"][number];
export type Day = StatusDocument["history"][number];

export const STATES: readonly CellStatus[] = ["complete", "partial", "missing", "not_applicable"];

/** The asset classes of the table, in the order in which the modules bring them. */
export function assetClasses(modules: readonly Module[]): string[] {
  return [...new Set(modules.flatMap((module) => module.cells.map((cell) => cell.asset_class)))];
}

/** How many cells of the table have each state. */
export function tally(modules: readonly Module[]): Record<CellStatus, number> {
  const counts = { complete: 0, partial: 0, missing: 0, not_applicable: 0 };
  for (const cell of modules.flatMap((module) => module.cells)) counts[cell.status]++;
  return counts;
}

/** The usable ratio of one cell over time, oldest first; days without one are left out. */
export function ratios(history: readonly Day[], assetClass: string, module: string): { as_of: string; ratio: number }[] {
  const name = `${assetClass}/${module}`;
  return history
    .flatMap(({ as_of, usable_ratio }) => {
      const ratio = usable_ratio[name];
      return typeof ratio === "number" ? [{ as_of, ratio }] : [];
    })
    .sort((one, other) => one.as_of.localeCompare(other.as_of));
}
