/**
 * Substring search: every word of the query must be somewhere in a dataset. Words in the id or a title rank above tags,
 * those above column names and keywords; among equals the given order stays.
 */

import type { Row } from "./rows";

/** A dataset with its texts folded once, so that a key press only scans. */
interface Folded {
  readonly names: string;
  readonly tags: string;
  readonly rest: string;
}

/** Ranks of one word, best first: starts a name, starts a word of one, is inside one, is in a tag, is anywhere else. */
const STARTS_NAME = 0, STARTS_WORD = 1, INSIDE = 2, IN_TAG = 3, ELSEWHERE = 4;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Lower case, and full-width letters as the plain ones. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The words of a query. */
export function words(query: string): string[] {
  return fold(query).split(/\s+/).filter(Boolean);
}

export function folded(row: Row): Folded {
  const [namespace, name] = row.id.split("/");
  return {
    names: fold(`\n${row.id}\n${namespace}\n${name}\n${row.title}\n${row.title_zh ?? ""}`),
    tags: fold(row.tags.join("\n")),
    rest: fold([...row.columns, row.keywords].join("\n")),
  };
}

/** How well a dataset answers: the lower the better, null when a word is nowhere in it. */
export function rank(dataset: Folded, query: readonly string[]): number | null {
  let sum = 0;
  for (const word of query) {
    const one = rankWord(dataset, word);
    if (one === null) return null;
    sum += one;
  }
  return sum;
}

function rankWord({ names, tags, rest }: Folded, word: string): number | null {
  const at = names.indexOf(word);
  if (at < 0) return tags.includes(word) ? IN_TAG : rest.includes(word) ? ELSEWHERE : null;
  if (names.includes(`\n${word}`)) return STARTS_NAME;
  return LETTER_OR_DIGIT.test(names[at - 1] as string) ? INSIDE : STARTS_WORD;
}
