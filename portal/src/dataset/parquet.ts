/** Rows and columns of a Parquet file that is read in ranges. */

import { decompress } from "fzstd";
import { type ColumnMetaData, type FileMetaData, type ParquetParsers, parquetMetadataAsync, parquetRead } from "hyparquet";
import { checkPages } from "./checksums";
import { type RangedFile, ReadError } from "./ranged";

/** A value as preview.json has it: instants and dates are ISO texts, integers beyond 2^53 are texts. */
export type Plain = string | number | boolean | null;

/** What a column of a chart holds: numbers, instants as milliseconds, or texts. */
export type Series = (string | number | null)[];

/** Bytes of the first request: the footer, and of a small file everything. */
const TAIL = 32_768;
const SMALL_FILE = 65_536;

const compressors = { ZSTD: (input: Uint8Array, size: number) => decompress(input, new Uint8Array(size)) };

const ISO: Partial<ParquetParsers> = {
  dateFromDays: (days) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (instant) => new Date(Number(instant)).toISOString(),
  timestampFromMicroseconds: (instant) => {
    const rest = ((instant % 1000n) + 1000n) % 1000n;
    const text = new Date(Number((instant - rest) / 1000n)).toISOString();
    return `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
  },
};
const MILLISECONDS: Partial<ParquetParsers> = {
  dateFromDays: (days) => days * 86_400_000,
  timestampFromMilliseconds: (instant) => Number(instant),
  timestampFromMicroseconds: (instant) => Number(instant / 1000n),
};

/** The footer of a file; throws ReadError where there is none. */
export function readFooter(file: RangedFile): Promise<FileMetaData> {
  const initialFetchSize = file.byteLength <= SMALL_FILE ? file.byteLength : TAIL;
  return decoding(parquetMetadataAsync(file, { initialFetchSize }));
}

/** Bytes of the column chunks that rows `start` to `end` lie in. */
export function bytesFor(footer: FileMetaData, start: number, end: number, columns?: readonly string[]): number {
  return chunks(footer, start, end)
    .filter((chunk) => columns?.includes(chunk.path_in_schema[0] ?? "") ?? true)
    .reduce((bytes, chunk) => bytes + Number(chunk.total_compressed_size), 0);
}

/** Where the column chunks of rows `start` to `end` begin and end in the file. */
export function spanOf(footer: FileMetaData, start: number, end: number): [number, number] {
  const ranges = chunks(footer, start, end).map(rangeOf);
  return [Math.min(...ranges.map(([from]) => from)), Math.max(...ranges.map(([, to]) => to))];
}

function rangeOf(chunk: ColumnMetaData): [number, number] {
  const from = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  return [from, from + Number(chunk.total_compressed_size)];
}

function chunks(footer: FileMetaData, start: number, end: number): ColumnMetaData[] {
  let after = 0;
  const groups = footer.row_groups.filter((group) => {
    const first = after;
    after += Number(group.num_rows);
    return first < end && start < after;
  });
  return groups.flatMap((group) => group.columns.flatMap((column) => column.meta_data ?? []));
}

/** Throws ReadError unless the pages of these rows are what their checksums say. */
export async function checkRows(file: RangedFile, footer: FileMetaData, start: number, end: number, columns?: readonly string[]): Promise<void> {
  for (const chunk of chunks(footer, start, end)) {
    const name = chunk.path_in_schema[0] ?? "";
    if (columns && !columns.includes(name)) continue;
    const [from, to] = rangeOf(chunk);
    await decoding(file.slice(from, to).then((body) => checkPages(body, name)));
  }
}

/** Rows `start` to `end`, in the order of storage. */
export async function readRows(
  file: RangedFile,
  footer: FileMetaData,
  start: number,
  end: number,
): Promise<{ columns: string[]; rows: Plain[][] }> {
  const rows = await decoding(
    new Promise<unknown[][]>((resolve, reject) => {
      parquetRead({
        file, metadata: footer, compressors, parsers: ISO, rowStart: start, rowEnd: end, onComplete: resolve,
      }).catch(reject);
    }),
  );
  const columns = footer.schema.slice(1).map((element) => element.name);
  return { columns, rows: rows.map((row) => row.map(plain)) };
}

/** Rows `start` to `end` of some columns, column by column. */
export async function readColumns(
  file: RangedFile,
  footer: FileMetaData,
  columns: string[],
  start: number,
  end: number,
): Promise<Series[]> {
  const rows = await decoding(
    new Promise<Record<string, unknown>[]>((resolve, reject) => {
      parquetRead({
        file, metadata: footer, compressors, parsers: MILLISECONDS, columns, rowStart: start, rowEnd: end,
        rowFormat: "object", onComplete: resolve,
      }).catch(reject);
    }),
  );
  return columns.map((name) => rows.map((row) => point(row[name])));
}

/** What a library throws over bytes that it cannot decode is the file's fault, not the reader's. */
async function decoding<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ReadError ? error : new ReadError("unreadable", error instanceof Error ? error.message : String(error));
  }
}

function plain(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function point(value: unknown): string | number | null {
  if (typeof value === "string") return value;
  const number = value === null || value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}
