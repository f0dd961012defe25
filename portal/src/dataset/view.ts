/** Which file the page looks at, and where in it: told by the address. */

import { readJson } from "../store";
import type { DatasetDocument, DataFile } from "../types";

/** The file of a version; its own name goes with it. */
export interface VersionFile extends DataFile {
  readonly version: string;
}

/** The file of a version as the document lists it; the newest one without a version; null where it is not listed. */
export function listedFile(document: DatasetDocument, version: string | null): VersionFile | null {
  const newest = document.entry.version;
  if (document.data && (version === null || version === newest)) return { ...document.data, version: newest };
  return document.versions.find((one) => one.version === version) ?? null;
}

/** The file of a version that is too old to be listed, by the schema.json beside it. Throws StoreError. */
export async function oldFile(id: string, version: string): Promise<VersionFile> {
  const folder = `datasets/${id}/${version}`;
  const { data } = await readJson<SchemaFile>(`${folder}/schema.json`);
  return { key: `${folder}/data.parquet`, bytes: data.bytes, rows: data.row_count, sha256: data.sha256, version };
}

interface SchemaFile {
  readonly format: number;
  readonly data: { readonly bytes: number; readonly row_count: number; readonly sha256: string };
}

/** The preview.json beside a data file. */
export function previewKey(file: DataFile): string {
  return file.key.replace(/[^/]*$/, "preview.json");
}

/** The state of the view that the address holds: `?version=` and `#row-7`. */
export interface Place {
  version: string | null;
  row: number | null;
}

export function placeOf(search: string, hash: string): Place {
  const version = /^[0-9][0-9A-Za-z.-]{0,63}$/.exec(new URLSearchParams(search).get("version") ?? "")?.[0];
  const row = /^#row-([1-9][0-9]{0,14})$/.exec(hash)?.[1];
  return { version: version ?? null, row: row === undefined ? null : Number(row) };
}

/** This address with other values of some parameters; null removes one. */
export function withQuery(search: string, changes: Record<string, string | null>): string {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  // A slash needs no escape, and as it stands the address stays the same but for what changes.
  return `?${query.toString().replaceAll("%2F", "/")}`;
}

/** The id in the path `/d/<namespace>/<name>/`, or in `?id=` for a dataset that has no page of its own yet. */
export function datasetId(path: string, search: string): string | null {
  const wanted = new URLSearchParams(search).get("id") ?? /\/d\/([^/]+\/[^/]+)\/?(?:index\.html)?$/.exec(path)?.[1] ?? "";
  return /^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/.test(wanted) ? wanted : null;
}
