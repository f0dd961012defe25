/** The gate before every request: who asks, whether too often, and what it costs. */

import type { Env } from "./env";
import { Failure } from "./errors";
import { ANONYMOUS, type Principal, prefixOf, verifyKey } from "./keys";
import { type Charge, type Left, refusal } from "./limits";
import { CEILINGS, DAY, MINUTE, PLANS } from "./plans";

/** What a request uses up beside itself. */
export interface Cost {
  readonly requests: number;
  readonly downloads: number;
  readonly bytes: number;
}

/** Charges to one subject: to all of them or to none. */
interface Bill {
  readonly subject: string;
  readonly charges: readonly Charge[];
}

/** Who asks. Throws Unauthenticated for a key that is not in force, RateLimited after too many of those. */
export async function authenticate(env: Env, header: string | null, address: string): Promise<Principal> {
  if (header === null) return ANONYMOUS;
  const [scheme = "", token = ""] = header.split(/ (.*)/s);
  const attempts = failedAttempts(address, prefixOf(token));
  const known = attempts.map(({ subject, charges }) => countersOf(env, subject).left(charges[0]!));
  const usedUp = (await Promise.all(known)).find((left) => left.left === 0);
  if (usedUp) {
    const wait = String(usedUp.seconds);
    throw new Failure("RateLimited", "too many failed attempts", `try again in ${wait} s`, { "Retry-After": wait });
  }
  const principal = scheme.toLowerCase() === "bearer" ? await verifyKey(env.DATABASE, token) : null;
  if (principal === null) {
    await take(env, attempts);
    throw new Failure(
      "Unauthenticated",
      "the credential is not one that is in force",
      "send `Authorization: Bearer <API key>`; sessions and the operator's token are for the gateway itself",
      { "WWW-Authenticate": "Bearer" },
    );
  }
  return principal;
}

/** Charge the caller's plan, its address and the namespace: all of them or none. Answers what is left of the plan. */
export async function charge(
  env: Env,
  principal: Principal,
  address: string,
  namespace: string | null,
  { requests, downloads, bytes }: Cost,
): Promise<Left[]> {
  const plan = PLANS[principal.plan];
  if (!plan) throw new Error(`there is no plan ${principal.plan}`);
  const ofPlan = [
    { name: "requests", amount: plan.requests, seconds: MINUTE, cost: requests },
    { name: "downloads", amount: plan.downloads, seconds: DAY, cost: downloads },
    { name: "bytes", amount: plan.bytes, seconds: DAY, cost: bytes },
  ].filter((item) => item.cost);
  const amount = CEILINGS.requestsOfAddress;
  const ofAddress = { name: "requests of this address", amount, seconds: MINUTE, cost: requests };
  const ofNamespace = {
    name: "requests for this namespace",
    amount: CEILINGS.requestsOfNamespace,
    seconds: MINUTE,
    cost: 1,
  };
  const bills: Bill[] = [{ subject: principal === ANONYMOUS ? `anonymous:${address}` : principal.id, charges: ofPlan }];
  if (requests) bills.push({ subject: `ip:${address}`, charges: [ofAddress] });
  if (namespace !== null) bills.push({ subject: `namespace:${namespace}`, charges: [ofNamespace] });
  const left = await take(env, bills.filter((bill) => bill.charges.length));
  return left.slice(0, ofPlan.length);
}

/** Take every bill; when one is refused, give back those before it. */
async function take(env: Env, bills: readonly Bill[]): Promise<Left[]> {
  const paid: (Bill & { at: number })[] = [];
  const left: Left[] = [];
  for (const bill of bills) {
    const taken = await countersOf(env, bill.subject).take(bill.charges);
    if ("refused" in taken) {
      for (const { subject, charges, at } of paid) await countersOf(env, subject).giveBack(charges, at);
      throw refusal(bill.charges[taken.refused]!, taken.at);
    }
    paid.push({ ...bill, at: taken.at });
    left.push(...taken.left);
  }
  return left;
}

function failedAttempts(address: string, prefix: string | null): Bill[] {
  const attempt = (subject: string, amount: number): Bill => ({
    subject,
    charges: [{ name: "failed attempts", amount, seconds: MINUTE, cost: 1 }],
  });
  const bills = [attempt(`ip:${address}`, CEILINGS.failedAttemptsOfAddress)];
  if (prefix !== null) bills.push(attempt(`key:${prefix}`, CEILINGS.failedAttemptsOfPrefix));
  return bills;
}

function countersOf(env: Env, subject: string) {
  return env.COUNTERS.get(env.COUNTERS.idFromName(subject));
}

/** What stands for a caller's address: of IPv6 the network of 64 bits, which is what one customer gets. */
export function addressOf(ip: string): string {
  if (!ip.includes(":")) return ip;
  const groups = new URL(`http://[${ip}]`).hostname.slice(1, -1).split("::");
  const [head = [], tail = []] = groups.map((part) => (part ? part.split(":") : []));
  const zeros = groups.length > 1 ? Array<string>(8 - head.length - tail.length).fill("0") : [];
  const all = [...head, ...zeros, ...tail];
  if (all.slice(0, 5).every((group) => group === "0") && all[5] === "ffff") {
    const bits = all.slice(6).map((group) => Number.parseInt(group, 16));
    return bits.flatMap((group) => [group >> 8, group & 255]).join(".");
  }
  return `${all.slice(0, 4).join(":")}::/64`;
}
