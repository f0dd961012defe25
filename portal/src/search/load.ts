/** The search file as it comes in: of a large one the newest datasets first, then all. */

import { StoreError, parseJson, readJson, request } from "../store";
import type { SearchFile } from "../types";
import { type Row, rowsOf } from "./rows";

export const SEARCH_FILE = "portal/search.json";
const HEAD = "portal/search-head.json";
/** A file of this many bytes, or of a length that the server does not tell, is worth asking for its head first. */
const LARGE = 300_000;

export interface Listed {
  readonly rows: readonly Row[];
  /** How many datasets there are in all. */
  readonly datasets: number;
}

/** All datasets; before them `onHead` is given the newest ones where the file is large. Throws StoreError. */
export async function loadDatasets(onHead: (head: Listed) => void): Promise<Listed> {
  const answer = await request(SEARCH_FILE);
  let arrived = false;
  const length = answer.headers.get("content-length");
  if (length === null || Number(length) > LARGE) {
    readJson<SearchFile>(HEAD).then(
      (head) => arrived || onHead({ rows: rows(HEAD, head), datasets: head.datasets }),
      (error: Error) => console.info("no head of the search file", error.message),
    );
  }
  const file = await parseJson<SearchFile>(SEARCH_FILE, answer);
  const shards = await Promise.all((file.shards ?? []).map(({ key }) => readJson<SearchFile>(key).then((shard) => rows(key, shard))));
  arrived = true;
  return { rows: shards.length > 0 ? shards.flat() : rows(SEARCH_FILE, file), datasets: file.datasets };
}

function rows(key: string, file: SearchFile): Row[] {
  try {
    return rowsOf(file);
  } catch (error) {
    throw new StoreError("unreadable", key, (error as Error).message);
  }
}
