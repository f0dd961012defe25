/** All datasets made ready once, and the answers to what is asked of them. */

import { type Sort, type Wanted } from "./address";
import { FACETS, type Facet, valuesOf } from "./facets";
import type { Row } from "./rows";
import { folded, rank, words } from "./scan";

/** How many datasets each value of a facet would leave, most first. */
export type Counts = Readonly<Record<Facet, ReadonlyMap<string, number>>>;

export interface Answer {
  readonly rows: readonly Row[];
  readonly counts: Counts;
}

type Entry = { readonly row: Row; readonly texts: ReturnType<typeof folded>; readonly values: ReturnType<typeof valuesOf> };

const ORDERS: Record<Exclude<Sort, "relevance">, (one: Row, other: Row) => number> = {
  name: (one, other) => compare(one.id, other.id),
  updated: (one, other) => compare(other.updated, one.updated),
  rows: (one, other) => other.rows - one.rows,
  size: (one, other) => other.bytes - one.bytes,
};

export class Catalogue {
  private readonly ordered = new Map<Sort, readonly Entry[]>();
  private readonly entries: readonly Entry[];

  constructor(rows: readonly Row[], now: number) {
    this.entries = rows.map((row) => ({ row, texts: folded(row), values: valuesOf(row, now) }));
  }

  get size(): number {
    return this.entries.length;
  }

  /** The datasets that match, in order, and what each further choice would leave of them. */
  answer({ query, chosen, sort }: Wanted): Answer {
    const asked = words(query);
    const facets = FACETS.map((name) => ({ name, choice: chosen[name] ?? [], counts: new Map<string, number>() }));
    const byRank: Row[][] = [];
    for (const { row, texts, values } of this.inOrder(sort)) {
      const found = rank(texts, asked);
      if (found === null) continue;
      const against = facets.filter(({ name, choice }) => choice.length > 0 && !values[name].some((value) => choice.includes(value)));
      // A facet counts also what only its own choice leaves out: choosing that value too would bring it in.
      if (against.length > 1) continue;
      for (const { name, counts } of against.length > 0 ? against : facets) {
        for (const value of values[name]) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      if (against.length === 0) (byRank[sort === "relevance" ? found : 0] ??= []).push(row);
    }
    const counts = Object.fromEntries(facets.map(({ name, counts }) => [name, mostFirst(counts)])) as unknown as Counts;
    return { rows: byRank.flat(), counts };
  }

  private inOrder(sort: Sort): readonly Entry[] {
    let ordered = this.ordered.get(sort);
    if (!ordered) {
      const order = ORDERS[sort === "relevance" ? "updated" : sort];
      ordered = this.entries.toSorted((one, other) => order(one.row, other.row) || compare(one.row.id, other.row.id));
      this.ordered.set(sort, ordered);
    }
    return ordered;
  }
}

function mostFirst(count: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...count].sort(([one, many], [other, more]) => more - many || compare(one, other)));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
