/**
 * URLs of this Worker that let one object be read for five minutes.
 *
 * The Worker streams from its binding, so it holds no credential of the bucket. What is signed is the key, the method,
 * the range if one was asked for, and the end; nothing of it can be changed.
 */

import type { Env } from "./env";
import { Failure } from "./errors";

const READ_SECONDS = 300;
const SHORTEST_KEY = 32;
export const OBJECTS = "/v1/objects/";

export interface Signed {
  readonly url: string;
  readonly expiresAt: Date;
}

/** A URL to read an object with `method`; `span` is the Range header that must be sent (null: any). */
export async function sign(env: Env, origin: string, key: string, method: string, span: string | null): Promise<Signed> {
  const expires = Math.floor(Date.now() / 1000) + READ_SECONDS;
  const query = new URLSearchParams({ expires: String(expires) });
  if (span !== null) query.set("range", span);
  const signature = await crypto.subtle.sign("HMAC", await hmacKey(env), message(key, method, query));
  query.set("signature", hex(signature));
  return { url: `${origin}${OBJECTS}${key}?${query}`, expiresAt: new Date(expires * 1000) };
}

/** Throws Forbidden unless the URL was signed for this very request and is not over. */
export async function checkSigned(env: Env, url: URL, key: string, request: Request): Promise<void> {
  const query = new URLSearchParams(url.search);
  const signature = query.get("signature") ?? "";
  query.delete("signature");
  const bytes = Uint8Array.from(signature.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
  const right =
    /^[0-9a-f]{64}$/.test(signature) &&
    (await crypto.subtle.verify("HMAC", await hmacKey(env), bytes, message(key, request.method, query)));
  const over = Number(query.get("expires")) <= Date.now() / 1000;
  const span = query.get("range");
  if (!right || over || (span !== null && span !== request.headers.get("Range"))) {
    throw new Failure("Forbidden", "this URL is not signed for this request, or it is over", "ask for a new one");
  }
}

function message(key: string, method: string, query: URLSearchParams): Uint8Array {
  return new TextEncoder().encode(`${method}\n${key}\n${query}`);
}

function hmacKey(env: Env): Promise<CryptoKey> {
  if ((env.SIGNING_KEY ?? "").length < SHORTEST_KEY) {
    throw new Error(`the secret SIGNING_KEY must have at least ${SHORTEST_KEY} characters`);
  }
  const secret = new TextEncoder().encode(env.SIGNING_KEY);
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

export async function sha256(data: ArrayBuffer | Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", data));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
