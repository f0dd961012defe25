/** What is searched for, and the address that says so. */

import { FACETS, RECENCIES, type Chosen, type Facet } from "./facets";

export const SORTS = ["relevance", "name", "updated", "rows", "size"] as const;
export type Sort = (typeof SORTS)[number];

export interface Wanted {
  readonly query: string;
  readonly chosen: Chosen;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
}

/** What the query part of an address asks for; what it does not say, or says wrongly, is as on the first visit. */
export function wantedIn(search: string): Wanted {
  const given = new URLSearchParams(search);
  const chosen: Partial<Record<Facet, readonly string[]>> = {};
  for (const facet of FACETS) {
    const values = [...new Set(given.getAll(facet))];
    const known = facet === "updated" ? values.filter((value) => RECENCIES.some((one) => one === value)).slice(0, 1) : values;
    if (known.length > 0) chosen[facet] = known;
  }
  return {
    query: given.get("q") ?? "",
    chosen,
    sort: SORTS.find((sort) => sort === given.get("sort")) ?? "relevance",
    page: Math.max(1, Math.trunc(Number(given.get("page"))) || 1),
  };
}

/** The query part that asks for this, keeping the parameters in `search` that are others' (as `lang`). */
export function searchFor({ query, chosen, sort, page }: Wanted, search: string): string {
  const given = new URLSearchParams(search);
  for (const name of ["q", "sort", "page", ...FACETS]) given.delete(name);
  if (query) given.set("q", query);
  for (const facet of FACETS) for (const value of chosen[facet] ?? []) given.append(facet, value);
  if (sort !== "relevance") given.set("sort", sort);
  if (page > 1) given.set("page", String(page));
  const text = given.toString();
  return text && `?${text}`;
}
