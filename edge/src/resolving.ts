/** From an id and a version to the bytes that are meant, and who may read them: as opendata_platform/gateway/resolving.py. */

import type { Env } from "./env";
import { Failure, invalid, noDataset } from "./errors";
import { checkDataset, parseVersion } from "./ids";
import { findRegistered, isOf, type Principal, type Registered } from "./keys";
import { type Commit, type Data, Log } from "./log";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/;

export interface Resolved {
  readonly dataset: string;
  readonly commit: Commit;
  readonly data: Data;
}

/** What is registered of a dataset that the caller may read; throws DatasetNotFound for one that is hidden from it. */
export async function checkReader(env: Env, dataset: string, principal: Principal): Promise<Registered | null> {
  const registered = await findRegistered(env.DATABASE, dataset);
  const listed = registered ? registered.listed : await isListed(env, dataset);
  if (!listed && !(registered && isOf(registered, dataset, principal))) throw noDataset(dataset);
  return registered;
}

/** What is not there hides nothing. */
async function isListed(env: Env, dataset: string): Promise<boolean> {
  const log = new Log(env.BUCKET, dataset);
  const newest = await log.newest();
  return newest === null || (await log.isListed(newest));
}

/** What a version means (null: the newest). */
export async function resolve(
  env: Env,
  dataset: unknown,
  version: string | null,
  principal: Principal,
): Promise<Resolved> {
  const id = checkDataset(dataset);
  await checkReader(env, id, principal);
  const log = new Log(env.BUCKET, id);
  if (version === null) return newestOf(id, await published(log, id));
  if (version.startsWith("@")) {
    const instant = parseInstant(version);
    const commit = await log.asOf(instant);
    if (commit) return newestOf(id, commit);
    await published(log, id);
    throw noVersion(`${id} had not been published at ${instant.toISOString()}`, "the first commit is `seq:1`");
  }
  if (version.startsWith("seq:")) {
    const commit = await log.at(parseSeq(version));
    if (commit) return newestOf(id, commit);
    const { seq } = await published(log, id);
    throw noVersion(`${id} has no commit ${version.slice(4)}`, `commits are 1 to ${seq}`);
  }
  return namedVersion(log, id, version);
}

/** For a partition the newest of its corrections; a partition that is hidden now is still found by its name. */
async function namedVersion(log: Log, dataset: string, text: string): Promise<Resolved> {
  const version = parseVersion(text);
  const commit = await published(log, dataset);
  const head = version.revision === 1 ? await log.head(commit, version.base) : null;
  const data = head?.rev ? head : await log.version(commit, version);
  if (!data) throw noVersion(`${dataset} has no version ${text}`, `list them with \`od versions ${dataset}\``);
  return { dataset, commit, data };
}

async function published(log: Log, dataset: string): Promise<Commit> {
  const newest = await log.newest();
  if (newest) return newest;
  const told = `${dataset} has not been published in this store`;
  throw new Failure("DatasetNotFound", told, "list what there is with `od search`");
}

function newestOf(dataset: string, commit: Commit): Resolved {
  if (commit.newest) return { dataset, commit, data: commit.newest };
  throw noVersion(`${dataset} shows no data at commit ${commit.seq}`, "see `od versions`");
}

function noVersion(message: string, hint: string): Failure {
  return new Failure("VersionNotFound", message, hint);
}

function parseInstant(text: string): Date {
  const instant = new Date(INSTANT.test(text.slice(1)) ? text.slice(1) : Number.NaN);
  if (Number.isNaN(instant.getTime())) {
    throw invalid("version", text.slice(1), "must be an ISO 8601 instant with a time zone, such as 2026-11-20T09:30:00Z");
  }
  return instant;
}

function parseSeq(text: string): number {
  const seq = /^seq:[0-9]{1,12}$/.test(text) ? Number(text.slice(4)) : 0;
  if (!seq) throw invalid("version", text, "must be seq:N with N ≥ 1");
  return seq;
}
