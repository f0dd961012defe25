/** Objects as they are in the bucket, streamed to whoever shows a signed URL. */

import type { Env } from "./env";
import { Failure } from "./errors";
import { readable } from "./layout";
import { checkSigned, OBJECTS } from "./signing";

/** The ranges that are honoured: one span of bytes from the beginning on. Others may be ignored (RFC 9110, 14.2). */
export const SPAN = /^bytes=(\d{1,15})-(\d{1,15})?$/;

/** Bytes of an object, or of a span of it, that a reader gets. */
export async function sizeOf(env: Env, key: string, span: string | null): Promise<number> {
  const found = await env.BUCKET.head(key);
  if (!found) throw missing(key);
  if (span === null) return found.size;
  const [, start, last] = SPAN.exec(span) ?? [];
  const end = last === undefined ? found.size : Math.min(found.size, Number(last) + 1);
  return Math.max(0, end - Number(start));
}

/** The object, or the part of it that is asked for. */
export async function sendObject(env: Env, request: Request, url: URL): Promise<Response> {
  const { key } = readable(url.pathname.slice(OBJECTS.length));
  await checkSigned(env, url, key, request);
  const known = await env.BUCKET.head(key);
  if (!known) throw missing(key);
  const headers = new Headers({ ETag: known.httpEtag, "Accept-Ranges": "bytes" });
  known.writeHttpMetadata(headers);
  const [, start, last] = SPAN.exec(request.headers.get("Range") ?? "") ?? [];
  if (request.method === "HEAD" || start === undefined) {
    headers.set("Content-Length", String(known.size));
    const whole = request.method === "HEAD" ? null : await body(env, known);
    return new Response(whole, { headers });
  }
  const offset = Number(start);
  const end = last === undefined ? known.size : Math.min(known.size, Number(last) + 1);
  if (offset >= end) {
    const told = `${key} has ${known.size} bytes: none of them is in ${request.headers.get("Range")}`;
    throw new Failure("RangeNotSatisfiable", told, null, { "Content-Range": `bytes */${known.size}` });
  }
  headers.set("Content-Range", `bytes ${offset}-${end - 1}/${known.size}`);
  headers.set("Content-Length", String(end - offset));
  return new Response(await body(env, known, { offset, length: end - offset }), { status: 206, headers });
}

/** The bytes of the very object whose size was told; one that was replaced since is asked for again. */
async function body(env: Env, known: R2Object, range?: R2Range): Promise<ReadableStream> {
  const found = await env.BUCKET.get(known.key, { onlyIf: { etagMatches: known.etag }, ...(range && { range }) });
  if (!found) throw missing(known.key);
  if (!("body" in found)) throw new Error(`${known.key} was replaced while it was read`);
  return found.body;
}

function missing(key: string): Failure {
  return new Failure("NotFound", `${key} does not exist`);
}
