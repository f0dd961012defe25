/** What the Worker is bound to (wrangler.jsonc), and its secret. */

import type { Counters } from "./counters";

export interface Env {
  readonly BUCKET: R2Bucket;
  readonly DATABASE: D1Database;
  readonly COUNTERS: DurableObjectNamespace<Counters>;
  /** Where publishing, keys and reports are; empty: not told. */
  readonly GATEWAY_URL: string;
  /** Signs the URLs of objects; a secret of at least 32 characters. */
  readonly SIGNING_KEY: string;
}
