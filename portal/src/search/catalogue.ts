/** All datasets made ready once, and the answers to what is asked of them. */

import type { Sort, Wanted } from "./address";
import { FACETS, type Facet, valuesOf } from "./facets";
import type { Row } from "./rows";
import { type Folded, folded, rank, words } from "./scan";

/** Per facet how many datasets each value would leave, most first. */
export type Counts = Readonly<Record<Facet, ReadonlyMap<string, number>>>;

export interface Answer {
  readonly rows: readonly Row[];
  readonly counts: Counts;
}

interface Entry {
  readonly row: Row;
  readonly texts: Folded;
  /** Its values in all facets, as their places in the vocabulary. */
  readonly codes: readonly number[];
}

/** A value of a facet; the facet is a bit, so that a set of facets is a number. */
interface Term {
  readonly facet: Facet;
  readonly bit: number;
  readonly value: string;
}

const ORDERS: Record<Exclude<Sort, "relevance">, (one: Row, other: Row) => number> = {
  name: (one, other) => compare(one.id, other.id),
  updated: (one, other) => compare(other.updated, one.updated),
  rows: (one, other) => other.rows - one.rows,
  size: (one, other) => other.bytes - one.bytes,
};

export class Catalogue {
  private readonly vocabulary: Term[] = [];
  private readonly entries: readonly Entry[];
  private readonly ordered = new Map<Sort, readonly Entry[]>();

  constructor(rows: readonly Row[], now: number) {
    const codes = FACETS.map((facet, at) => ({ facet, bit: 1 << at, known: new Map<string, number>() }));
    this.entries = rows.map((row) => {
      const values = valuesOf(row, now);
      const own: number[] = [];
      for (const { facet, bit, known } of codes) {
        for (const value of values[facet]) {
          const code = known.get(value) ?? this.vocabulary.push({ facet, bit, value }) - 1;
          known.set(value, code);
          own.push(code);
        }
      }
      return { row, texts: folded(row), codes: own };
    });
  }

  get size(): number {
    return this.entries.length;
  }

  /** The datasets that match, in order, and what each further choice would leave of them. */
  answer({ query, chosen, sort }: Wanted): Answer {
    const asked = words(query);
    const bits = this.vocabulary.map(({ bit }) => bit);
    const choices = this.vocabulary.map(({ facet, bit, value }) => (chosen[facet]?.includes(value) ? bit : 0));
    const needed = FACETS.reduce((set, facet, at) => (chosen[facet]?.length ? set | (1 << at) : set), 0);
    const counts = new Uint32Array(bits.length);
    const byRank: Row[][] = [];
    for (const { row, texts, codes } of this.inOrder(sort)) {
      const found = rank(texts, asked);
      if (found === null) continue;
      let lacking = needed;
      for (const code of codes) lacking &= ~choices[code]!;
      // A facet counts also what only its own choice leaves out: choosing that value too would bring it in.
      if ((lacking & (lacking - 1)) !== 0) continue;
      for (const code of codes) if (lacking === 0 || bits[code] === lacking) counts[code]! += 1;
      if (lacking === 0) (byRank[sort === "relevance" ? found : 0] ??= []).push(row);
    }
    return { rows: byRank.flat(), counts: this.countsOf(counts) };
  }

  private countsOf(counts: Uint32Array): Counts {
    const terms = this.vocabulary.map(({ facet, value }, code) => ({ facet, value, count: counts[code] ?? 0 }));
    const found = terms.filter(({ count }) => count > 0);
    found.sort((one, other) => other.count - one.count || compare(one.value, other.value));
    const maps = Object.fromEntries(FACETS.map((facet) => [facet, new Map<string, number>()])) as Record<Facet, Map<string, number>>;
    for (const { facet, value, count } of found) maps[facet].set(value, count);
    return maps;
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

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
