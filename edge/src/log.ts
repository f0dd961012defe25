/**
 * The log of a dataset: its commits and their trees, read from the bucket and checked against the recorded hashes.
 * The rules are those of opendata/protocol (tip, tree, resolve), of which only reading is here.
 */

import { Failure } from "./errors";
import { compareBases, type Version } from "./ids";
import { latestKey, logKey } from "./layout";
import { sha256 } from "./signing";

const FORMAT = 1;
const SEGMENT_SIZE = 256;

interface ObjectRef {
  readonly key: string;
  readonly sha256: string;
}

interface SegmentRef extends ObjectRef {
  readonly lo: string;
  readonly hi: string;
  readonly n: number;
}

/** The bytes of one published version. */
export interface Data {
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

interface Entry extends Data {
  readonly partition: string;
  readonly rev: number;
  readonly at_seq: number;
}

/** One commit, and the hash of its bytes. */
export interface Commit {
  readonly dataset: string;
  readonly seq: number;
  readonly committed_at: string;
  readonly tree: readonly SegmentRef[];
  readonly totals: { readonly rows: number; readonly bytes: number };
  readonly newest: Data | null;
  readonly metadata: ObjectRef;
  readonly sha256: string;
}

/** Reads the commits of one dataset. */
export class Log {
  constructor(
    private readonly bucket: R2Bucket,
    private readonly dataset: string,
  ) {}

  /** The newest commit; null before the first. */
  async newest(): Promise<Commit | null> {
    const pointer = await this.bucket.get(latestKey(this.dataset));
    if (!pointer) return this.follow(null);
    const { seq, commit } = parse<{ seq: number; commit: ObjectRef }>(await pointer.text(), pointer.key);
    return this.commit(await this.verified({ key: logKey(this.dataset, seq), sha256: commit.sha256 }), seq);
  }

  /** The commit `seq`; null if there is none. */
  async at(seq: number): Promise<Commit | null> {
    const found = await this.bucket.get(logKey(this.dataset, seq));
    return found && this.commit(await found.arrayBuffer(), seq);
  }

  /** The last commit at or after `commit` (null: from the beginning), by doubling steps and then halving them. */
  async follow(commit: Commit | null): Promise<Commit | null> {
    let [last, seq, step] = [commit, commit?.seq ?? 0, 1];
    let missing: number | null = null;
    while (missing === null || seq + 1 < missing) {
      const probe: number = missing === null ? seq + step : Math.floor((seq + missing) / 2);
      const next = await this.at(probe);
      if (next) [last, seq, step] = [next, probe, step * 2];
      else missing = probe;
    }
    return last;
  }

  /** The last commit at or before an instant, by binary search; null if there is none. */
  async asOf(instant: Date): Promise<Commit | null> {
    const tip = await this.follow(await this.newest());
    if (!tip || new Date(tip.committed_at) <= instant) return tip;
    let found: Commit | null = null;
    let [low, high] = [1, tip.seq - 1];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const commit = await this.at(middle);
      if (!commit) throw lost(logKey(this.dataset, middle));
      if (new Date(commit.committed_at) <= instant) [found, low] = [commit, middle + 1];
      else high = middle - 1;
    }
    return found;
  }

  /** What a partition shows at a commit, its newest correction; null if nothing is visible. */
  async head(commit: Commit, partition: string): Promise<Entry | null> {
    const ref = commit.tree[segmentOf(commit.tree, partition)];
    if (!ref) return null;
    const { entries } = parse<{ entries: Entry[] }>(await this.verified(ref), ref.key);
    return entries.find((entry) => entry.partition === partition) ?? null;
  }

  /** A named version that a commit up to this one really published, replaced and yanked ones included. */
  async version(commit: Commit, { base, revision }: Version): Promise<Data | null> {
    for (let at: Commit | null = commit; at; ) {
      const entry: Entry | null = await this.head(at, base);
      if (!entry || entry.rev === revision) return entry;
      at = entry.at_seq > 1 ? await this.at(entry.at_seq - 1) : null;
    }
    return null;
  }

  /** Whether the metadata that were published last let everybody read. */
  async isListed(commit: Commit): Promise<boolean> {
    const body = await this.verified(commit.metadata);
    return (JSON.parse(new TextDecoder().decode(body)) as { visibility?: string }).visibility !== "private";
  }

  private async commit(body: ArrayBuffer, seq: number): Promise<Commit> {
    const commit = { ...parse<Commit>(body, logKey(this.dataset, seq)), sha256: await sha256(body) };
    if (commit.dataset !== this.dataset || commit.seq !== seq) {
      const told = `${logKey(this.dataset, seq)}: the log of ${this.dataset} holds a foreign commit at ${seq}`;
      throw new Failure("IntegrityError", told);
    }
    return commit;
  }

  private async verified(ref: ObjectRef): Promise<ArrayBuffer> {
    const found = await this.bucket.get(ref.key);
    if (!found) throw lost(ref.key);
    const body = await found.arrayBuffer();
    if ((await sha256(body)) !== ref.sha256) {
      const told = `${ref.key} does not have the recorded sha256`;
      throw new Failure("IntegrityError", told, "run `odp fsck` on the store");
    }
    return body;
  }
}

/** Index of the segment that holds a partition, or that would: between two, the earlier one unless it is full. */
function segmentOf(tree: readonly SegmentRef[], partition: string): number {
  const index = Math.max(0, tree.filter((ref) => compareBases(ref.lo, partition) <= 0).length - 1);
  const here = tree[index];
  const full =
    here && index + 1 < tree.length && here.n >= SEGMENT_SIZE && compareBases(partition, here.hi) > 0;
  return full ? index + 1 : index;
}

function parse<T>(body: ArrayBuffer | string, key: string): T {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const document = JSON.parse(text) as T & { format: number };
  if (document.format > FORMAT) {
    throw new Failure("UpgradeRequired", `${key}: format ${document.format}, this Worker reads up to ${FORMAT}`);
  }
  return document;
}

function lost(key: string): Failure {
  return new Failure("Gone", `${key} is recorded but missing from the store`, "run `odp fsck` on the store");
}
