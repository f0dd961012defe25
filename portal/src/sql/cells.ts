/** Values of Arrow as the texts and numbers that a table and a CSV file show. */

import { type Field, Type } from "apache-arrow";
import type { Cell } from "./csv";

/** One value. Instants are UTC in the store and are written so; what is nested is written as JSON. */
export function cellOf({ name, type }: Field, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  switch (type.typeId) {
    case Type.Date:
      return new Date(Number(value)).toISOString().slice(0, 10);
    case Type.Timestamp:
      return instant(Number(value));
    case Type.Time:
      return instant(Number(value) / 1000).slice("1970-01-01 ".length);
    case Type.Interval:
      throw new Error(`Column "${name}" is an INTERVAL, which cannot be shown: CAST it to VARCHAR.`);
  }
  if (typeof value === "object") return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
  return value as Cell;
}

/** 2026-11-20 09:30:00, with a fraction only where there is one. */
function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("T", " ").replace(/(\.000)?Z$/, "");
}
