/** Which operation answers which path; and which paths are the gateway's own. */

import type { Call } from "./call";
import { Failure } from "./errors";
import * as operations from "./operations";

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Call) => Promise<Response>;
  /** It counts against no limit, and who asks does not matter. */
  readonly free?: true;
}

const DATASET = "/v1/datasets/(?<namespace>[^/]+)/(?<name>[^/]+)";

const ROUTES: readonly Route[] = [
  { method: "GET", path: /^\/v1\/health$/, answer: operations.health, free: true },
  { method: "GET", path: /^\/v1\/index$/, answer: operations.index },
  { method: "GET", path: new RegExp(`^${DATASET}$`), answer: operations.showDataset },
  { method: "GET", path: /^\/v1\/resolve$/, answer: operations.resolveVersion },
  { method: "POST", path: /^\/v1\/download$/, answer: operations.download },
  { method: "GET", path: /^\/(?:index\.json|index\/[^/]+|datasets\/[^/]+\/[^/]+\/.+)$/, answer: operations.redirect },
];

/** What writes, and who may: the gateway's, which holds its database. */
const OF_THE_GATEWAY: readonly [method: string, path: RegExp][] = [
  ["POST", /^\/v1\/datasets$/],
  ["PUT", new RegExp(`^${DATASET}/metadata$`)],
  ["GET", new RegExp(`^${DATASET}/publishers$`)],
  ["POST", new RegExp(`^${DATASET}/publishers$`)],
  ["POST", /^\/v1\/auth\/github$/],
  ["POST", /^\/v1\/publish\/(?:begin|commit|abort)$/],
  ["POST", /^\/v1\/runs$/],
  ["POST", /^\/v1\/keys$/],
  ["GET", /^\/v1\/keys$/],
  ["DELETE", /^\/v1\/keys\/[^/]+$/],
  ["GET", /^\/v1\/usage$/],
  ["GET", /^\/v1\/about$/],
  ["GET", /^\/v1\/openapi\.json$/],
];

/** The route of a request and what its path names; throws what there is to say where there is none. */
export function findRoute(method: string, path: string, gateway: string): [Route, Record<string, string>] {
  const wanted = method === "HEAD" ? "GET" : method;
  const here = ROUTES.filter((route) => route.path.test(path));
  const there = OF_THE_GATEWAY.filter(([, pattern]) => pattern.test(path));
  const route = here.find((candidate) => candidate.method === wanted);
  if (route) return [route, route.path.exec(path)?.groups ?? {}];
  if (there.some(([candidate]) => candidate === wanted)) {
    const where = gateway ? `at ${gateway}` : "where its operator says";
    const told = "the edge only reads: publishing, keys, reports and usage are the gateway's";
    throw new Failure("NotAtTheEdge", told, `ask the gateway itself, ${where}`);
  }
  const allowed = [...here.map((candidate) => candidate.method), ...there.map(([candidate]) => candidate)];
  if (!allowed.length) throw new Failure("NotFound", "Not Found", "see the documentation of the edge");
  throw new Failure("MethodNotAllowed", "Method Not Allowed", null, { Allow: allowed.join(", ") });
}
