/** What the page and its worker say to each other, and the page's side of it. */

import { objectUrl } from "../place";
import type { DataFile } from "../types";
import type { Plain, Series } from "./parquet";
import { ReadError, type Trouble } from "./ranged";

/** Which rows: the newest, the first, or those around the one with this number (0 is the first). */
export type Rows = "newest" | "first" | number;

export type Question = { url: string; byteLength: number; most: number; limit: number } & (
  | { rows: Rows }
  | { columns: readonly string[] }
);

/** How much was transferred for the file so far. */
export interface Transfer {
  requests: number;
  transferred: number;
}

export interface Table extends Transfer {
  columns: string[];
  rows: Plain[][];
  /** The number of the first of these rows in the file (0 is the first), and of all rows of the file. */
  start: number;
  total: number;
}

export interface Columns extends Transfer {
  series: Series[];
}

export type Answer = { table: Table } | { columns: Columns } | { failure: { trouble: Trouble; detail: string } };

/** Reads files off the page's thread. What one part of the page has fetched costs another nothing. */
export class Reader {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: ReadError) => void }>();
  private next = 0;

  /** At most `most` rows; ReadError "too_large" when they would take more than `limit` bytes. */
  async table(file: DataFile, rows: Rows, most: number, limit: number): Promise<Table> {
    const answer = await this.ask({ url: objectUrl(file.key), byteLength: file.bytes, rows, most, limit });
    if ("table" in answer) return answer.table;
    throw refusal(answer);
  }

  /** The newest `most` values of some columns. */
  async columns(file: DataFile, columns: readonly string[], most: number, limit: number): Promise<Columns> {
    const answer = await this.ask({ url: objectUrl(file.key), byteLength: file.bytes, columns, most, limit });
    if ("columns" in answer) return answer.columns;
    throw refusal(answer);
  }

  private ask(question: Question): Promise<Answer> {
    this.worker ??= this.start();
    const id = this.next++;
    this.worker.postMessage({ id, question });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ id: number; answer: Answer }>) => {
      this.waiting.get(data.id)?.resolve(data.answer);
      this.waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new ReadError("unreadable", event.message));
      this.waiting.clear();
    };
    return worker;
  }
}

function refusal(answer: Answer): ReadError {
  if ("failure" in answer) return new ReadError(answer.failure.trouble, answer.failure.detail);
  throw new Error("the worker answered another question");
}
