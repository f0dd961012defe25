/** Values of a table as they are read: exact, and instants without the parts that say nothing. */

import type { Column } from "../types";
import type { Plain } from "./parquet";

/** The text of a value; an instant is UTC, which `unitText` says. */
export function valueText(value: Plain, column: Pick<Column, "type">): string {
  if (value === null) return "–";
  if (typeof value === "string" && isInstant(column)) return instantText(value);
  return String(value);
}

/** What stands under the name of a column: its unit, or for an instant that it is UTC. */
export function unitText(column: Pick<Column, "type" | "unit">): string {
  return column.unit ?? (isInstant(column) ? "UTC" : "");
}

/** Whether a column is set to the right. */
export function isNumber(column: Pick<Column, "type">): boolean {
  return /^(u?int|float)/.test(column.type);
}

function isInstant(column: Pick<Column, "type">): boolean {
  return column.type.startsWith("timestamp");
}

function instantText(iso: string): string {
  return iso.replace("T", " ").replace(/(:00)?(\.0+)?Z$/, "");
}
