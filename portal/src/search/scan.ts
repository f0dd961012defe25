/**
 * Substring search: every word of the query must be somewhere in a dataset. Words in the id or a title rank above tags,
 * those above column names and keywords; among equals the given order stays.
 */

import type { Row } from "./rows";

/** All texts of a dataset as one, folded once, so that a key press only scans: names, then tags, then the rest. */
export interface Folded {
  readonly text: string;
  readonly namesEnd: number;
  readonly tagsEnd: number;
}

/** Ranks of one word, best first: it starts a name, starts a word of one, is inside one, in a tag, anywhere else. */
const STARTS_NAME = 0;
const STARTS_WORD = 1;
const INSIDE = 2;
const IN_TAG = 3;
const ELSEWHERE = 4;

const PART = "\0";
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Lower case, and full-width letters as the plain ones. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The words of a query. */
export function words(query: string): string[] {
  return fold(query).split(/\s+/).filter(Boolean);
}

export function folded(row: Row): Folded {
  const name = row.id.slice(row.id.indexOf("/") + 1);
  const names = ["", row.id, name, row.title, row.title_zh ?? "", PART];
  const text = fold([...names, ...row.tags, PART, ...row.columns, row.keywords].join("\n"));
  const namesEnd = text.indexOf(PART);
  return { text, namesEnd, tagsEnd: text.indexOf(PART, namesEnd + 1) };
}

/** How well a dataset answers: the lower the better, null when a word is nowhere in it. */
export function rank(dataset: Folded, query: readonly string[]): number | null {
  let sum = 0;
  for (const word of query) {
    const at = dataset.text.indexOf(word);
    if (at < 0) return null;
    sum += rankOf(dataset, word, at);
  }
  return sum;
}

/** The rank of a word that is first found at `at`. */
function rankOf({ text, namesEnd, tagsEnd }: Folded, word: string, at: number): number {
  if (at >= namesEnd) return at < tagsEnd ? IN_TAG : ELSEWHERE;
  const start = text.indexOf(`\n${word}`, at - 1);
  if (start >= 0 && start < namesEnd) return STARTS_NAME;
  return LETTER_OR_DIGIT.test(text.charAt(at - 1)) ? INSIDE : STARTS_WORD;
}
