/** Reading JSON of the store: the document, or which trouble there was and why. */

import { objectUrl } from "./place";

export type Trouble = "missing" | "refused" | "network" | "unreadable";

const FORMAT = 1;

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

/** The document with this key. Throws StoreError. */
export async function readJson<T extends { format: number }>(key: string): Promise<T> {
  return parseJson<T>(key, await request(key));
}

/** The store's answer for this key, whose body is not read yet. Throws StoreError. */
export async function request(key: string): Promise<Response> {
  const answer = await fetch(objectUrl(key)).catch((error: Error) => {
    throw new StoreError("network", key, error.message);
  });
  if (answer.status === 404) throw new StoreError("missing", key, "HTTP 404");
  if (!answer.ok) throw new StoreError("refused", key, `HTTP ${answer.status}`);
  return answer;
}

/** The document in an answer. Throws StoreError. */
export async function parseJson<T extends { format: number }>(key: string, answer: Response): Promise<T> {
  const document: unknown = await answer.json().catch((error: Error) => {
    throw new StoreError("unreadable", key, error.message);
  });
  const format = typeof document === "object" && document !== null && "format" in document ? document.format : undefined;
  if (format !== FORMAT) throw new StoreError("unreadable", key, `its format is ${String(format)}, not ${FORMAT}`);
  return document as T;
}
