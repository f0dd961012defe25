/**
 * Who asks, and which datasets are whose: the tables `api_keys` and `datasets` of the gateway, copied into D1 by
 * `odp gateway export`. Of a key only its SHA-256 is known.
 */

import { checkDataset, namespaceOf } from "./ids";
import { sha256 } from "./signing";

/** A caller whose key was accepted, or somebody anonymous. */
export interface Principal {
  readonly id: string;
  readonly owner: string;
  readonly plan: string;
  /** The only datasets that the key is for, where `ns/*` is a namespace (null: all that its owner has). */
  readonly datasets: readonly string[] | null;
}

export const ANONYMOUS: Principal = { id: "anonymous", owner: "", plan: "anonymous", datasets: null };

const TOKEN = /^odk_(?<prefix>[0-9a-f]{12})_[0-9a-f]{48}$/;
const NOBODY = "0".repeat(64);

/** The prefix of what has the form of a key. */
export function prefixOf(token: string): string | null {
  return TOKEN.exec(token)?.groups?.["prefix"] ?? null;
}

/** Whose key this token is; null, after the same work, when it is unknown, wrong or revoked. */
export async function verifyKey(database: D1Database, token: string): Promise<Principal | null> {
  const row = await database
    .prepare("SELECT prefix, sha256, owner, plan, datasets, revoked_at FROM api_keys WHERE prefix = ?")
    .bind(prefixOf(token) ?? "")
    .first<Record<"prefix" | "sha256" | "owner" | "plan" | "datasets", string> & { revoked_at: string | null }>();
  const encoder = new TextEncoder();
  const digest = encoder.encode(await sha256(encoder.encode(token)));
  const right = crypto.subtle.timingSafeEqual(digest, encoder.encode(row?.sha256 ?? NOBODY));
  if (!right || !row || row.revoked_at !== null) return null;
  return { id: `key:${row.prefix}`, owner: row.owner, plan: row.plan, datasets: JSON.parse(row.datasets) };
}

/** A registered dataset. */
export interface Registered {
  readonly owner: string;
  readonly listed: boolean;
  /** What is told of it; not who owns it. */
  readonly shown: Record<string, unknown>;
}

export async function findRegistered(database: D1Database, dataset: string): Promise<Registered | null> {
  const row = await database
    .prepare("SELECT metadata, owner, created_at, updated_at FROM datasets WHERE id = ?")
    .bind(checkDataset(dataset))
    .first<Record<"metadata" | "owner" | "created_at" | "updated_at", string>>();
  if (!row) return null;
  const { metadata: text, owner, created_at, updated_at } = row;
  const metadata = JSON.parse(text) as Record<string, unknown>;
  return { owner, listed: metadata["visibility"] !== "private", shown: { dataset, metadata, created_at, updated_at } };
}

/** Whether a dataset is the caller's: its owner's, with a key that is for it. */
export function isOf(registered: Registered, dataset: string, principal: Principal): boolean {
  const { datasets } = principal;
  const covers = datasets === null || datasets.includes(dataset) || datasets.includes(`${namespaceOf(dataset)}/*`);
  return principal !== ANONYMOUS && registered.owner === principal.owner && covers;
}
