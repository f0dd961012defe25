// The Worker in the local Workers runtime, over a folder that the platform published and what `odp gateway export` wrote:
//   node local.mjs FOLDER EXPORT.sql PORT
// Everything is in memory: it begins anew each time. Prints its URL once it answers, and runs until it is ended.

import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";

const [, , published, statements, port] = process.argv;
if (!port) throw new Error("usage: node local.mjs FOLDER EXPORT.sql PORT");
const [folder, exported] = [resolve(published), resolve(statements)];

process.chdir(import.meta.dirname);
const config = unstable_readConfig({ config: "wrangler.jsonc" });
const bundle = await build({
  entryPoints: [config.main],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  external: ["cloudflare:workers"],
});
const { workerOptions } = unstable_getMiniflareWorkerOptions("wrangler.jsonc");
const runtime = new Miniflare({
  ...workerOptions,
  bindings: { ...workerOptions.bindings, SIGNING_KEY: "only-for-the-local-runtime-".padEnd(32, "0") },
  modules: [{ type: "ESModule", path: "index.mjs", contents: bundle.outputFiles[0].text }],
  host: "127.0.0.1",
  port: Number(port),
});

const database = await runtime.getD1Database("DATABASE");
const { migrations_dir: migrations } = config.d1_databases[0];
const scripts = (await readdir(migrations)).filter((name) => name.endsWith(".sql")).sort();
for (const script of [...scripts.map((name) => join(migrations, name)), exported]) {
  const statements = (await readFile(script, "utf8")).split(";\n").filter((statement) => statement.trim());
  if (statements.length) await database.batch(statements.map((statement) => database.prepare(statement)));
}

const bucket = await runtime.getR2Bucket("BUCKET");
for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!item.isFile()) continue;
  const path = join(item.parentPath, item.name);
  const contentType = path.endsWith(".json") ? "application/json" : "application/vnd.apache.parquet";
  const body = new Uint8Array(await readFile(path)).buffer;
  await bucket.put(relative(folder, path).split(sep).join("/"), body, { httpMetadata: { contentType } });
}

console.log(String(await runtime.ready));
