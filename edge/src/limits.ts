/** Limits in fixed windows, and how an answer tells them: the rules of opendata_platform/gateway/limits.py. */

import { Failure } from "./errors";
import { MINUTE } from "./plans";

/** What a request costs of a limit: at most `amount` of `name` in each window of `seconds`. */
export interface Charge {
  readonly name: string;
  readonly amount: number;
  readonly seconds: number;
  readonly cost: number;
}

/** What is left of a limit, and the seconds until it is whole again. */
export interface Left {
  readonly name: string;
  readonly amount: number;
  readonly window: number;
  readonly left: number;
  readonly seconds: number;
}

export function windowEnd(seconds: number, now: number): number {
  return (Math.floor(now / seconds) + 1) * seconds;
}

export function leftOf(charge: Charge, used: number, now: number): Left {
  return {
    name: charge.name,
    amount: charge.amount,
    window: charge.seconds,
    left: Math.max(0, charge.amount - used),
    seconds: windowEnd(charge.seconds, now) - now,
  };
}

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers). */
export function rateLimitHeaders(left: readonly Left[]): Record<string, string> {
  if (!left.length) return {};
  return {
    "RateLimit-Policy": left.map((item) => `"${item.name}";q=${item.amount};w=${item.window}`).join(", "),
    RateLimit: left.map((item) => `"${item.name}";r=${item.left};t=${item.seconds}`).join(", "),
  };
}

/** What is told when a limit does not allow a charge. */
export function refusal(charge: Charge, now: number): Failure {
  const usedUp = leftOf(charge, charge.amount, now);
  const allowed = `${charge.amount} ${charge.name} per ${charge.seconds === MINUTE ? "minute" : "day"}`;
  const tooMuch = charge.cost > charge.amount;
  return new Failure(
    "RateLimited",
    tooMuch ? `${charge.cost} ${charge.name} at once are more than ${allowed}` : `the limit of ${allowed} is used up`,
    tooMuch ? "ask for a larger plan" : `try again in ${usedUp.seconds} s`,
    { "Retry-After": String(usedUp.seconds), ...rateLimitHeaders([usedUp]) },
  );
}
