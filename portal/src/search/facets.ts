/** The facets by which results are narrowed: which values a dataset has in each. */

import { type Row, lastRuns, succeeded } from "./rows";

export const FACETS = ["updated", "class", "frequency", "health", "ns", "license", "tag"] as const;
export type Facet = (typeof FACETS)[number];

export type Health = "healthy" | "failing" | "unknown";
export const RECENCIES = ["24h", "7d", "30d"] as const;
export type Recency = (typeof RECENCIES)[number];

/** Per facet the chosen values: a dataset must have one of them. */
export type Chosen = Readonly<Partial<Record<Facet, readonly string[]>>>;

const HOUR = 3_600_000;
const SPANS: Record<Recency, number> = { "24h": 24 * HOUR, "7d": 7 * 24 * HOUR, "30d": 30 * 24 * HOUR };

function health(row: Row): Health {
  const [last] = lastRuns(row, 1);
  if (!last) return "unknown";
  return succeeded(last) ? "healthy" : "failing";
}

/** The values of a dataset in each facet. */
export function valuesOf(row: Row, now: number): Readonly<Record<Facet, readonly string[]>> {
  const age = now - Date.parse(row.updated);
  return {
    updated: RECENCIES.filter((recency) => age <= SPANS[recency]),
    class: row.asset_class ? [row.asset_class] : [],
    frequency: row.frequency ? [row.frequency] : [],
    health: [health(row)],
    ns: [row.id.slice(0, row.id.indexOf("/"))],
    license: [row.license],
    tag: row.tags,
  };
}
