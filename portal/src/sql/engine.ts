/**
 * DuckDB in a worker of this page: the only module that knows duckdb-wasm.
 *
 * Version 1.28.0 is the last with the Parquet reader built in and below 25 MiB, so nothing is downloaded from elsewhere.
 * The worker is started from a blob: such a worker is under the page's content security policy, so that no query can
 * reach a host that the page itself may not reach. Ending the worker is how a query is cancelled.
 */

import * as duckdb from "@duckdb/duckdb-wasm";
import workerUrl from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url";
import wasmUrl from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url";
import { cellOf } from "./cells";
import type { Cell } from "./csv";

export interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Whether there were more rows than were asked for. */
  readonly more: boolean;
}

/** A file of a table: where it is, and its bytes when they were fetched whole. */
export interface Source {
  readonly url: string;
  readonly body: Uint8Array | null;
}

export class Engine {
  /** Per view how its files are read, so that it is made anew only when that changes. */
  private readonly mounted = new Map<string, string>();

  private constructor(
    private readonly worker: Worker,
    private readonly database: duckdb.AsyncDuckDB,
    private readonly connection: duckdb.AsyncDuckDBConnection,
  ) {}

  static async start(): Promise<Engine> {
    const script = await fetch(workerUrl);
    if (!script.ok) throw new Error(`${workerUrl}: HTTP ${script.status}`);
    const blob = URL.createObjectURL(await script.blob());
    const worker = new Worker(blob);
    const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
    await database.instantiate(new URL(wasmUrl, location.href).href);
    URL.revokeObjectURL(blob);
    await database.open({ query: { castDecimalToDouble: true } });
    return new Engine(worker, database, await database.connect());
  }

  /** Make the files of a dataset a view that is named by its id. */
  async mount(id: string, sources: readonly Source[]): Promise<void> {
    const state = sources.map((source) => `${source.url} ${source.body !== null}`).join("\n");
    if (this.mounted.get(id) === state) return;
    const names = sources.map((_, index) => `${id}/${index}.parquet`);
    for (const [index, { url, body }] of sources.entries()) {
      const name = names[index] as string;
      await this.database.dropFile(name);
      // The engine takes a buffer over, so it gets a copy.
      if (body) await this.database.registerFileBuffer(name, body.slice());
      else await this.database.registerFileURL(name, url, duckdb.DuckDBDataProtocol.HTTP, false);
    }
    const list = names.map((name) => `'${name}'`).join(", ");
    await this.connection.query(`CREATE OR REPLACE VIEW "${id}" AS SELECT * FROM read_parquet([${list}], union_by_name = true)`);
    this.mounted.set(id, state);
  }

  /** The first rows of a query's result; the rest is not computed. */
  async run(sql: string, most: number): Promise<Result> {
    const batches = await (await this.connection.send(sql)).open();
    const { fields } = batches.schema;
    const rows: Cell[][] = [];
    for await (const batch of batches) {
      const columns = fields.map((field, index) => ({ field, values: batch.getChildAt(index) }));
      for (let row = 0; row < batch.numRows && rows.length <= most; row++) {
        rows.push(columns.map(({ field, values }) => cellOf(field, values?.get(row))));
      }
      if (rows.length > most) break;
    }
    if (rows.length > most) await this.connection.cancelSent();
    return { columns: fields.map((field) => field.name), rows: rows.slice(0, most), more: rows.length > most };
  }

  /** End the engine, whatever it is doing. */
  stop(): void {
    this.worker.terminate();
  }
}
