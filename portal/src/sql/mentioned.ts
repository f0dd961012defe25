/** The tables that a query names: read from the store once each, with the sizes of their columns where that pays. */

import { useLoaded } from "../loaded";
import { objectUrl } from "../place";
import { readJson } from "../store";
import type { DatasetDocument } from "../types";
import type { ColumnBytes } from "./cost";
import { columnBytesOf } from "./footer";
import { datasetsIn } from "./statement";
import { type Table, tableOf } from "./tables";

/** Files up to this size are not worth a look at their footer. */
const SMALL = 1_000_000;

export interface Mentioned {
  readonly id: string;
  /** Null when nothing is published, or `error` says why it was not read. */
  readonly table: Table | null;
  readonly error: Error | null;
  readonly columnBytes: ColumnBytes | null;
}

const documents = new Map<string, Promise<DatasetDocument>>();
const mentioned = new Map<string, Promise<Mentioned>>();

/** The portal's document of a dataset; asked for once, again after a failure. */
export function documentOf(id: string): Promise<DatasetDocument> {
  return once(documents, id, () => readJson<DatasetDocument>(`portal/d/${id}.json`));
}

/** The tables named in a query, in its order. */
export function useMentioned(sql: string) {
  const ids = datasetsIn(sql);
  return useLoaded(() => Promise.all(ids.map((id) => once(mentioned, id, () => look(id)).catch(failed(id)))), [ids.join()]);
}

function failed(id: string): (error: Error) => Mentioned {
  return (error) => ({ id, table: null, error, columnBytes: null });
}

async function look(id: string): Promise<Mentioned> {
  const table = tableOf(await documentOf(id));
  const [file, ...others] = table?.files ?? [];
  const alone = file && others.length === 0 && file.bytes > SMALL;
  return { id, table, error: null, columnBytes: alone ? await columnBytesOf(objectUrl(file.key), file.bytes) : null };
}

function once<T>(known: Map<string, Promise<T>>, id: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(id);
  if (found) return found;
  const made = make();
  known.set(id, made);
  made.catch(() => known.delete(id));
  return made;
}
