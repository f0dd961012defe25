/** Which objects may be read, and whose dataset they are of: the rules of opendata_platform/gateway/reading.py. */

import { invalid } from "./errors";
import { checkDataset, NAMESPACE, parseVersion } from "./ids";

export const INDEX = "index.json";
const SAFE_PATH = /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9_~.-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*)?$/;

const VERSION = "(?<version>[^/]+)";
const COMMIT = "[0-9A-HJKMNP-TV-Z]{26}";
const DIGEST = "[0-9a-f]{12}";

/** Objects of a dataset below its folder. Raw answers of sources are none of them. */
const OF_DATASET = [
  `${VERSION}/(?<heavy>data\\.parquet)`,
  `${VERSION}/schema\\.json`,
  `${VERSION}/preview\\.json`,
  "latest\\.json",
  "health\\.json",
  "verified\\.json",
  "_log/(?!0{12})[0-9]{12}\\.json",
  `_seg/${COMMIT}-${DIGEST}\\.json`,
  `_audit/${COMMIT}\\.json`,
  `_meta/${DIGEST}\\.json`,
  `_pack/${COMMIT}-${DIGEST}\\.(?:(?<pack>parquet)|json)`,
].map((pattern) => new RegExp(`^${pattern}$`));
const SHARD = new RegExp(`^index/(?<namespace>.+)-${DIGEST}\\.json$`);

/** An object that may exist; data and packs are `heavy`: they count as downloads of their bytes. */
export interface Readable {
  readonly key: string;
  readonly dataset: string | null;
  readonly heavy: boolean;
}

/** Refuse a path that is not plain segments, before anything else looks at it. */
export function checkPath(path: string): void {
  if (!SAFE_PATH.test(path)) {
    throw invalid("path", path, "must be segments of A-Z a-z 0-9 _ ~ . - that do not begin with a dot");
  }
}

/** The object that a path of the layout names. */
export function readable(path: string): Readable {
  if (path === INDEX) return { key: INDEX, dataset: null, heavy: false };
  if (NAMESPACE.test(SHARD.exec(path)?.groups?.["namespace"] ?? "")) return { key: path, dataset: null, heavy: false };
  const [root, namespace, name, ...rest] = path.split("/");
  if (root === "datasets" && name !== undefined) {
    const dataset = checkDataset(`${namespace}/${name}`);
    const object = rest.join("/");
    for (const pattern of OF_DATASET) {
      const match = pattern.exec(object);
      if (!match) continue;
      const { version, heavy, pack } = match.groups ?? {};
      if (version !== undefined) parseVersion(version);
      return { key: `datasets/${dataset}/${object}`, dataset, heavy: Boolean(heavy ?? pack) };
    }
  }
  throw invalid("path", path, "must be index.json, or an object of a dataset that readers need");
}

export function logKey(dataset: string, seq: number): string {
  return `datasets/${dataset}/_log/${String(seq).padStart(12, "0")}.json`;
}

export function latestKey(dataset: string): string {
  return `datasets/${dataset}/latest.json`;
}

export function dataKey(dataset: string, version: string): string {
  return `datasets/${dataset}/${version}/data.parquet`;
}
