/**
 * The counts of one subject (a key, an address or a namespace), each in a Durable Object of its own.
 *
 * There is one such object in the world for each subject and it does one thing at a time, so its counts are exact
 * whatever location a request comes in at, and its SQLite keeps them over a restart.
 */

import { DurableObject } from "cloudflare:workers";

import type { Env } from "./env";
import { type Charge, type Left, leftOf, windowEnd } from "./limits";

/** What was taken, or the place of the charge that was refused: then nothing was. `at` is the time of the count. */
export type Taken = { readonly at: number; readonly left: Left[] } | { readonly at: number; readonly refused: number };

export class Counters extends DurableObject<Env> {
  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    context.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS counts (name TEXT, ends_at INTEGER, used INTEGER, PRIMARY KEY (name, ends_at))",
    );
  }

  /** Use up every charge, or none of them. The time is that of the count, the same for all who ask. */
  take(charges: readonly Charge[]): Taken {
    const at = seconds();
    this.sql("DELETE FROM counts WHERE ends_at <= ?", at);
    const used = charges.map((charge) => this.used(charge, at) + charge.cost);
    const refused = charges.findIndex((charge, index) => used[index]! > charge.amount);
    if (refused >= 0) return { at, refused };
    charges.forEach((charge, index) => {
      const end = windowEnd(charge.seconds, at);
      this.sql("INSERT OR REPLACE INTO counts (name, ends_at, used) VALUES (?, ?, ?)", charge.name, end, used[index]!);
    });
    return { at, left: charges.map((charge, index) => leftOf(charge, used[index]!, at)) };
  }

  /** Undo what was taken `at` a time. */
  giveBack(charges: readonly Charge[], at: number): void {
    for (const charge of charges) {
      const end = windowEnd(charge.seconds, at);
      this.sql("UPDATE counts SET used = used - ? WHERE name = ? AND ends_at = ?", charge.cost, charge.name, end);
    }
  }

  /** What is left of a limit; uses up nothing. */
  left(charge: Charge): Left {
    const at = seconds();
    return leftOf(charge, this.used(charge, at), at);
  }

  private used(charge: Charge, at: number): number {
    const end = windowEnd(charge.seconds, at);
    return this.sql("SELECT used FROM counts WHERE name = ? AND ends_at = ?", charge.name, end)[0]?.used ?? 0;
  }

  private sql(statement: string, ...values: (string | number)[]): { used: number }[] {
    return this.ctx.storage.sql.exec<{ used: number }>(statement, ...values).toArray();
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
