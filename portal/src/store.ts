/** Reading JSON of the store: the document, or which trouble there was and why. */

import { objectUrl } from "./place";

export type Trouble = "missing" | "refused" | "network" | "unreadable";

/** Why a file of the store was not read: it is not there, the store refused, it cannot be reached, or it is no such JSON. */
export class StoreError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly key: string,
    readonly reason: string,
  ) {
    super(`${key}: ${reason}`);
  }
}

/** The JSON object with this key. Throws StoreError. */
export async function readJson<T extends { format: number }>(key: string): Promise<T> {
  const answer = await request(key);
  if (answer.status === 404) throw new StoreError("missing", key, "HTTP 404");
  if (!answer.ok) throw new StoreError("refused", key, `HTTP ${answer.status}`);
  const document: unknown = await answer.json().catch((error: Error) => {
    throw new StoreError("unreadable", key, error.message);
  });
  if (typeof document !== "object" || document === null || !("format" in document)) {
    throw new StoreError("unreadable", key, "no `format` in it");
  }
  if (document.format !== FORMAT) throw new StoreError("unreadable", key, `format ${String(document.format)}, not ${FORMAT}`);
  return document as T;
}

const FORMAT = 1;

async function request(key: string): Promise<Response> {
  try {
    return await fetch(objectUrl(key));
  } catch (error) {
    throw new StoreError("network", key, (error as Error).message);
  }
}
