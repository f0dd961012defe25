/** Reads Parquet files off the page's thread: questions in, rows or columns or the reason for none out. */

import type { FileMetaData } from "hyparquet";
import { bytesFor, checkRows, readColumns, readFooter, readRows, spanOf } from "./parquet";
import { RangedFile, ReadError } from "./ranged";
import type { Answer, Question, Rows } from "./reading";

interface Opened {
  file: RangedFile;
  /** The last question about the file: they are answered in turn, so that none fetches what another is fetching. */
  turn: Promise<unknown>;
}

const opened = new Map<string, Opened>();

self.onmessage = ({ data: { id, question } }: MessageEvent<{ id: number; question: Question }>) => {
  const one = opened.get(question.url) ?? { file: new RangedFile(question.url, question.byteLength), turn: Promise.resolve() };
  opened.set(question.url, one);
  one.turn = one.turn.then(async () => self.postMessage({ id, answer: await settled(one.file, question) }));
};

async function settled(file: RangedFile, question: Question): Promise<Answer> {
  try {
    return await answer(file, question);
  } catch (error) {
    if (error instanceof ReadError) return { failure: { trouble: error.trouble, detail: error.detail } };
    return { failure: { trouble: "unreadable", detail: String(error) } };
  }
}

async function answer(file: RangedFile, question: Question): Promise<Answer> {
  const footer = await readFooter(file);
  const total = Number(footer.num_rows);
  const start = firstRow("rows" in question ? question.rows : "newest", question.most, total);
  const end = Math.min(total, start + question.most);
  const columns = "columns" in question ? question.columns : undefined;
  const needed = bytesFor(footer, start, end, columns);
  if (needed > question.limit) throw new ReadError("too_large", String(needed));
  await fetchTogether(file, footer, start, end, question.limit);
  await checkRows(file, footer, start, end, columns);
  if (columns) {
    const series = await readColumns(file, footer, [...columns], start, end);
    return { columns: { series, requests: file.requests, transferred: file.transferred } };
  }
  const table = await readRows(file, footer, start, end);
  return { table: { ...table, start, total, requests: file.requests, transferred: file.transferred } };
}

/** The rows with all their columns in one request, as the chart and the preview both want them. */
async function fetchTogether(file: RangedFile, footer: FileMetaData, start: number, end: number, limit: number): Promise<void> {
  const [from, to] = spanOf(footer, start, end);
  if (from < to && to - from <= limit) await file.slice(from, to);
}

function firstRow(rows: Rows, most: number, total: number): number {
  const wanted = { newest: total, first: 0 }[rows as string] ?? Number(rows) - Math.floor(most / 2);
  return Math.max(0, Math.min(wanted, total - most));
}
