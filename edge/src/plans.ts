/** What each plan allows, and the ceilings over it: the figures of opendata_platform/gateway/plans.py. */

export const MINUTE = 60;
export const DAY = 86_400;
const GIB = 2 ** 30;

export interface Plan {
  readonly requests: number;
  readonly downloads: number;
  readonly bytes: number;
}

/** Requests per minute, downloads and bytes per day. */
export const PLANS: Readonly<Record<string, Plan>> = {
  anonymous: { requests: 60, downloads: 500, bytes: 2 * GIB },
  free: { requests: 300, downloads: 5_000, bytes: 20 * GIB },
  pro: { requests: 3_000, downloads: 50_000, bytes: 500 * GIB },
  enterprise: { requests: 30_000, downloads: 1_000_000, bytes: 10_000 * GIB },
};

export const CEILINGS = {
  requestsOfAddress: 60_000,
  requestsOfNamespace: 120_000,
  failedAttemptsOfAddress: 10,
  failedAttemptsOfPrefix: 30,
} as const;
