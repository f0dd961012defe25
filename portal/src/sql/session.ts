/**
 * One visitor's session with the engine: it is started at the first run, tables are mounted as queries need them, and
 * cancelling ends the engine; the next run starts another.
 */

import { objectUrl } from "../place";
import type { DataFile } from "../types";
import type { Cost } from "./cost";
import type { Engine, Result, Source } from "./engine";
import type { Table } from "./tables";

/** Rows of a result that are shown. */
export const MOST_ROWS = 1000;

/** The visitor stopped the query. */
export class Cancelled extends Error {}

export class Session {
  private engine: Promise<Engine> | null = null;
  private stop: (() => void) | null = null;
  private readonly bodies = new Map<string, Uint8Array>();

  /** Run a query over tables, each read as its cost says; rejects with Cancelled when `cancel` is called meanwhile. */
  async run(sql: string, tables: readonly { table: Table; cost: Cost }[]): Promise<Result> {
    const controller = new AbortController();
    const cancelled = new Promise<never>((_, reject) => {
      this.stop = () => {
        controller.abort();
        reject(new Cancelled());
      };
    });
    try {
      return await Promise.race([this.work(sql, tables, controller.signal), cancelled]);
    } finally {
      this.stop = null;
    }
  }

  /** Stop what runs: its requests are aborted and the engine is ended. */
  cancel(): void {
    const engine = this.engine;
    this.engine = null;
    this.stop?.();
    // An engine that did not start has nothing to end.
    engine?.then(
      (running) => running.stop(),
      () => undefined,
    );
  }

  private async work(sql: string, tables: readonly { table: Table; cost: Cost }[], signal: AbortSignal): Promise<Result> {
    const engine = await this.started();
    for (const { table, cost } of tables) {
      await engine.mount(table.id, await this.sources(table, cost, signal));
    }
    return engine.run(sql, MOST_ROWS);
  }

  /** The engine, started at the first call; a start that failed is tried again. */
  private started(): Promise<Engine> {
    if (this.engine) return this.engine;
    const engine = import("./engine").then((module) => module.Engine.start());
    this.engine = engine;
    engine.catch(() => {
      if (this.engine === engine) this.engine = null;
    });
    return engine;
  }

  private async sources(table: Table, cost: Cost, signal: AbortSignal): Promise<Source[]> {
    const sources: Source[] = [];
    for (const file of table.files) {
      const known = this.bodies.get(file.key);
      const body = known ?? (cost.how === "whole" ? await fetchWhole(objectUrl(file.key), file, signal) : null);
      if (body) this.bodies.set(file.key, body);
      sources.push({ url: objectUrl(file.key), body });
    }
    return sources;
  }
}

/** A whole file, which must have the bytes that were published. */
async function fetchWhole(url: string, file: DataFile, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${file.key}: HTTP ${answer.status}`);
  const body = await answer.arrayBuffer();
  // Browsers have the hash function only where the page itself came over a safe connection.
  if (isSecureContext && (await sha256(body)) !== file.sha256) throw new Error(`${file.key}: these are not the bytes that were published`);
  return new Uint8Array(body);
}

async function sha256(body: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
