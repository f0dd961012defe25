/** Dataset ids, versions and their order: the rules of opendata/contract/ids.py. */

import { invalid } from "./errors";

const NAME = "[a-z0-9]+(?:-[a-z0-9]+)*";
const DATASET = new RegExp(`^${NAME}/${NAME}$`);
const IDENTIFIER = "(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
const NUMBER = "(0|[1-9][0-9]{0,8})";
const SEMVER = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?$`);
const TIME = /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:T(?:[01][0-9]|2[0-3]))?)?$/;
const REVISION = /^(?<base>.+)\.r(?<revision>[2-9]|[1-9][0-9]+)$/;
const LONGEST_ID = 80;
const LONGEST_VERSION = 64;

export const NAMESPACE = new RegExp(`^${NAME}$`);

export function checkDataset(value: unknown, field = "dataset"): string {
  if (typeof value !== "string" || value.length > LONGEST_ID || !DATASET.test(value)) {
    throw invalid(
      field,
      value,
      "must be namespace/name in lower-case ASCII letters, digits and single hyphens, at most 80 characters",
    );
  }
  return value;
}

export function namespaceOf(dataset: string): string {
  return dataset.slice(0, dataset.indexOf("/"));
}

/** A version directory: a partition, and the revision of a correction (1: the first publication). */
export interface Version {
  readonly base: string;
  readonly revision: number;
}

export function parseVersion(text: string): Version {
  if (text.length <= LONGEST_VERSION) {
    if (isTime(text) || SEMVER.test(text)) return { base: text, revision: 1 };
    const { base, revision } = REVISION.exec(text)?.groups ?? {};
    if (base && revision && isTime(base)) return { base, revision: Number(revision) };
  }
  throw invalid(
    "version",
    text,
    "must be a date (2026-11-20), month (2026-11), hour (2026-11-20T09) or semantic version (1.2.0), " +
      "for a corrected one followed by .rN with N ≥ 2; or @instant, or seq:N",
  );
}

function isTime(text: string): boolean {
  const [, year, month, day = "01"] = TIME.exec(text) ?? [];
  if (!year || !month || year === "0000") return false;
  const wanted = `${year}-${month}-${day}`;
  const found = new Date(`${wanted}T00:00:00Z`);
  return !Number.isNaN(found.getTime()) && found.toISOString().startsWith(wanted);
}

/** Times in order, then semantic versions by precedence. */
export function compareBases(one: string, other: string): number {
  const [a, b] = [SEMVER.exec(one), SEMVER.exec(other)];
  if (!a || !b) return a ? 1 : b ? -1 : compare(one, other);
  for (const part of [1, 2, 3]) {
    const order = Number(a[part]) - Number(b[part]);
    if (order) return order;
  }
  if (!a[4] || !b[4]) return a[4] ? -1 : b[4] ? 1 : 0;
  return compareIdentifiers(a[4].split("."), b[4].split("."));
}

function compareIdentifiers(one: string[], other: string[]): number {
  for (const [index, a] of one.entries()) {
    const b = other[index];
    if (b === undefined) return 1;
    const [aIsNumber, bIsNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
    if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
    const order = aIsNumber ? compare(BigInt(a), BigInt(b)) : compare(a, b);
    if (order) return order;
  }
  return one.length - other.length;
}

function compare<T>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
