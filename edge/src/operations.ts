/** The operations that the edge answers, each from a call to a response. */

import { readDocument } from "./body";
import type { Call } from "./call";
import { invalid, noDataset } from "./errors";
import { checkDataset } from "./ids";
import { dataKey, INDEX, logKey, readable } from "./layout";
import { type Commit, Log } from "./log";
import { checkReader, type Resolved, resolve } from "./resolving";
import { sign } from "./signing";
import { sizeOf, SPAN } from "./objects";

const NO_STORE = { "Cache-Control": "no-store" };
const EMPTY_INDEX = { datasets: [], format: 1, generated_at: null, generation: 0, meta_version: 1 };

/** The database answers. */
export async function health({ env }: Call): Promise<Response> {
  await env.DATABASE.prepare("SELECT 1").first();
  return Response.json({ status: "ok" });
}

/** index.json as it is in the bucket; an empty one before the first publication. */
export async function index({ env }: Call): Promise<Response> {
  const found = await env.BUCKET.get(INDEX);
  const headers = { "Cache-Control": "public, max-age=60", "Content-Type": "application/json" };
  return new Response(found ? found.body : JSON.stringify(EMPTY_INDEX), { headers });
}

/** What is registered and what is published of a dataset. */
export async function showDataset(call: Call): Promise<Response> {
  const dataset = checkDataset(call.dataset);
  const registered = await checkReader(call.env, dataset, call.principal);
  const newest = await new Log(call.env.BUCKET, dataset).newest();
  if (!registered && !newest) throw noDataset(dataset);
  const known = registered?.shown ?? { dataset };
  return Response.json({ ...known, registered: registered !== null, published: newest && published(newest) });
}

function published({ seq, newest, committed_at, totals }: Commit): object {
  return { seq, version: newest?.version ?? null, committed_at, rows: totals.rows, bytes: totals.bytes };
}

/** What a version means, and a URL to read its data: a download, since the URL is one. */
export async function resolveVersion(call: Call): Promise<Response> {
  const asked = call.url.searchParams;
  if (!asked.has("dataset")) throw invalid("dataset", null, "must be given in the query");
  const resolved = await resolve(call.env, asked.get("dataset"), asked.get("version"), call.principal);
  const { dataset, commit, data } = resolved;
  const document = {
    dataset,
    version: data.version,
    seq: commit.seq,
    commit: { key: logKey(dataset, commit.seq), sha256: commit.sha256 },
    data: { key: dataKey(dataset, data.version), sha256: data.sha256, bytes: data.bytes, rows: data.rows },
  };
  return Response.json({ ...document, ...(await handOut(call, resolved)) }, { headers: NO_STORE });
}

/** A URL to read the data of a version. */
export async function download(call: Call): Promise<Response> {
  const { dataset, version = null } = await readDocument(call.request);
  if (version !== null && typeof version !== "string") throw invalid("request.version", version, "must be text");
  const resolved = await resolve(call.env, dataset, version, call.principal);
  const { sha256, bytes } = resolved.data;
  return Response.json({ ...(await handOut(call, resolved)), sha256, bytes }, { headers: NO_STORE });
}

async function handOut(call: Call, { dataset, data }: Resolved): Promise<{ url: string; expires_at: string }> {
  await call.handOut(dataset, 1, data.bytes);
  const signed = await sign(call.env, call.url.origin, dataKey(dataset, data.version), "GET", null);
  return { url: signed.url, expires_at: signed.expiresAt.toISOString() };
}

/** A redirect to an object of the layout: data count as downloads of their bytes, documents as requests. */
export async function redirect(call: Call): Promise<Response> {
  const { key, dataset, heavy } = readable(call.url.pathname.slice(1));
  if (dataset !== null) await checkReader(call.env, dataset, call.principal);
  const range = call.request.headers.get("Range");
  const span = range !== null && SPAN.test(range) ? range : null;
  const bytes = heavy ? await sizeOf(call.env, key, span) : 0;
  await call.handOut(dataset, bytes > 0 ? 1 : 0, bytes);
  const signed = await sign(call.env, call.url.origin, key, call.request.method, span);
  return new Response(null, { status: 302, headers: { Location: signed.url, ...NO_STORE } });
}
