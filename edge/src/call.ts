/** One request as the operations see it; what is left of the caller's plan is noted as it is charged. */

import { charge, type Cost } from "./access";
import type { Env } from "./env";
import { namespaceOf } from "./ids";
import type { Principal } from "./keys";
import type { Left } from "./limits";

export class Call {
  readonly left: Left[] = [];

  constructor(
    readonly env: Env,
    readonly request: Request,
    readonly url: URL,
    /** What the path named. */
    readonly path: Readonly<Record<string, string>>,
    readonly principal: Principal,
    readonly address: string,
  ) {}

  /** The dataset that the path names. */
  get dataset(): string {
    return `${this.path["namespace"]}/${this.path["name"]}`;
  }

  /** Charge the request, to the namespace too if the path names one, before anything is looked at. */
  charge(): Promise<void> {
    return this.take(this.path["namespace"] ?? null, { requests: 1, downloads: 0, bytes: 0 });
  }

  /** Charge files and bytes of a dataset, before they are handed out. */
  handOut(dataset: string | null, downloads: number, bytes: number): Promise<void> {
    return this.take(dataset && namespaceOf(dataset), { requests: 0, downloads, bytes });
  }

  private async take(namespace: string | null, cost: Cost): Promise<void> {
    this.left.push(...(await charge(this.env, this.principal, this.address, namespace, cost)));
  }
}
