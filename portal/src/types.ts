/** The JSON that the platform writes into the store for the portal. Instants are ISO texts in UTC. */

interface Document {
  readonly format: number;
}

/** `portal/search.json`, its shards and `portal/search-head.json`: one array per dataset in the order of `fields`. */
export interface SearchFile extends Document {
  readonly generated_at?: string | null;
  readonly datasets: number;
  readonly fields: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly shards?: readonly { readonly key: string; readonly datasets: number }[];
}

export type Outcome = "published" | "unchanged" | "quarantined" | "failed";

export interface Run {
  readonly outcome: Outcome;
  /** What kind of failure it was; null exactly for success. */
  readonly category: string | null;
  readonly summary: string;
  readonly started_at: string;
  readonly seconds: number;
  readonly rows: number | null;
  readonly link: string | null;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly unit: string | null;
  readonly description: string;
  readonly description_zh: string | null;
}

export interface DataFile {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
}

/** A dataset in `index.json`, as far as the portal reads it. */
export interface IndexEntry {
  readonly id: string;
  readonly title: string;
  readonly title_zh?: string | null;
  readonly description: string;
  readonly description_zh?: string | null;
  readonly tags: readonly string[];
  readonly license: string;
  readonly frequency: string | null;
  readonly source: string;
  readonly homepage?: string | null;
  readonly repo?: string | null;
  readonly version: string;
  readonly versioning: string;
  readonly partitions: number;
  readonly row_count: number;
  readonly bytes: number;
  readonly primary_key: readonly string[];
  readonly min_date: string | null;
  readonly max_date: string | null;
  readonly last_updated_at: string;
  readonly seq: number;
  readonly verified: boolean;
  readonly sandbox?: string;
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly health: {
    readonly reports: number;
    readonly outcome: Outcome;
    readonly category: string | null;
    readonly last_run_at: string;
    readonly last_success_at: string | null;
    readonly uptime: number;
  } | null;
}

/** `verified.json`: what each rule of the badge found. */
export interface Verification {
  readonly as_of: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly verdict: string;
    readonly reason: string;
    readonly reason_zh: string;
  }[];
}

export interface Version extends DataFile {
  readonly version: string;
  readonly seq: number;
  readonly committed_at: string;
  /** What a correction replaced and changed; counts are null where nobody counted. */
  readonly correction: {
    readonly of: string | null;
    readonly added: number | null;
    readonly removed: number | null;
    readonly changed: number | null;
  } | null;
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface Coverage {
  readonly by: "month" | "year";
  readonly cells: readonly { period: string; present: number; expected: number; ratio: number }[];
}

interface ChartAxis {
  readonly time: string;
  readonly time_unit: string;
  readonly timezone: string | null;
  /** The column that tells several series apart, as a country or a symbol. */
  readonly entity?: string | null;
}

export type Chart =
  | (ChartAxis & { readonly kind: "candles" } & Readonly<Record<"open" | "high" | "low" | "close", string>> & {
        readonly volume: string | null;
      })
  | (ChartAxis & { readonly kind: "line"; readonly series: readonly string[] });

/** `portal/d/<ns>/<name>.json`. */
export interface DatasetDocument extends Document {
  readonly generated_at: string;
  readonly entry: IndexEntry;
  readonly columns: readonly Column[];
  readonly schedule: {
    readonly text: string;
    readonly text_zh: string;
    readonly timezone: string;
    readonly cron: string | null;
  } | null;
  readonly next_expected_at: string | null;
  /** Oldest first. */
  readonly runs: readonly Run[];
  readonly verification: Verification | null;
  /** Newest first. */
  readonly versions: readonly Version[];
  readonly coverage: Coverage | null;
  readonly chart: Chart | null;
  /** The newest file; null when nothing is published. */
  readonly data: DataFile | null;
  /** The files that together are the dataset's newest state. */
  readonly slices: readonly DataFile[];
  readonly preview_key: string | null;
  readonly readme: string | null;
  readonly corrections: number;
  readonly checks: { readonly passed: number; readonly warned: number; readonly failed: number; readonly at: string } | null;
}

export type CellStatus = "complete" | "partial" | "missing" | "not_applicable";

export interface Explain {
  readonly as_of: string;
  readonly asset_class: string;
  readonly symbol: string;
  readonly module: string;
  readonly status: CellStatus;
  readonly rule_id: string;
  readonly required: readonly Requirement[];
  readonly optional: readonly Requirement[];
  readonly reason_code: string | null;
  readonly source_run_id: string | null;
  /** A command that can be pasted. */
  readonly suggested_backfill: string | null;
}

export interface Requirement {
  readonly dataset: string;
  readonly key: string;
  readonly present: boolean;
  readonly last_date: string | null;
  readonly age_days: number | null;
}

export interface StatusCell extends Readonly<Record<CellStatus, number>> {
  readonly asset_class: string;
  readonly status: CellStatus;
  readonly complete_ratio: number | null;
  readonly usable_ratio: number | null;
  readonly explain: readonly Explain[];
}

/** `portal/status.json`. */
export interface StatusDocument extends Document {
  readonly as_of: string;
  readonly computed_at: string;
  readonly modules: readonly {
    readonly module: string;
    readonly title: string;
    readonly title_zh: string;
    readonly required: boolean;
    readonly cells: readonly StatusCell[];
  }[];
  readonly history: readonly { readonly as_of: string; readonly usable_ratio: Readonly<Record<string, number | null>> }[];
  readonly rollout: {
    readonly phase: string;
    readonly status: string;
    /** Per gate the evidence that it was passed on, or null. */
    readonly gates: Readonly<Record<string, string | null>>;
    readonly streak: Readonly<Record<string, { readonly n: number; readonly last: string | null }>>;
    readonly flags: Readonly<Record<string, boolean | number>>;
    readonly evidence: readonly { readonly batch: string; readonly trade_date: string; readonly verdict: string; readonly key?: string }[];
  } | null;
}
