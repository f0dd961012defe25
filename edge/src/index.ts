/** The reading half of the OpenData gateway in front of R2: what surrounds every request. */

import { addressOf, authenticate } from "./access";
import { Call } from "./call";
import type { Env } from "./env";
import { Failure } from "./errors";
import { ANONYMOUS } from "./keys";
import { checkPath } from "./layout";
import { rateLimitHeaders } from "./limits";
import { sendObject } from "./objects";
import { findRoute } from "./routes";
import { OBJECTS } from "./signing";
import { ulid } from "./ulid";

export { Counters } from "./counters";

const HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, Content-Length, Content-Range, ETag",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
};
const PREFLIGHT = {
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Range",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Max-Age": "600",
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const started = Date.now();
    const requestId = ulid(started);
    const url = new URL(request.url);
    const answer = await answerOrFailure(request, env, url, requestId);
    const body = request.method === "HEAD" ? null : answer.body;
    const response = new Response(body, answer);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    response.headers.set("X-Request-Id", requestId);
    // Of a request only its path is logged: credentials and signatures are elsewhere.
    const { method } = request;
    console.log(JSON.stringify({ request_id: requestId, method, path: url.pathname, status: response.status }));
    return response;
  },
} satisfies ExportedHandler<Env>;

async function answerOrFailure(request: Request, env: Env, url: URL, requestId: string): Promise<Response> {
  try {
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT });
    checkPath(url.pathname);
    const reads = request.method === "GET" || request.method === "HEAD";
    if (reads && url.pathname.startsWith(OBJECTS)) return await sendObject(env, request, url);
    return await perform(request, env, url, requestId);
  } catch (error) {
    return tell(error, requestId);
  }
}

/** Authenticate, charge, and do what is asked. */
async function perform(request: Request, env: Env, url: URL, requestId: string): Promise<Response> {
  const [route, path] = findRoute(request.method, url.pathname, env.GATEWAY_URL);
  const address = addressOf(request.headers.get("CF-Connecting-IP") ?? "0.0.0.0");
  const principal = route.free ? ANONYMOUS : await authenticate(env, request.headers.get("Authorization"), address);
  const call = new Call(env, request, url, path, principal, address);
  let response: Response;
  try {
    if (!route.free) await call.charge();
    response = await route.answer(call);
  } catch (error) {
    response = tell(error, requestId);
  }
  for (const [name, value] of Object.entries(rateLimitHeaders(call.left))) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** What a caller is told of an error; of an unexpected one only that there was one. */
function tell(error: unknown, requestId: string): Response {
  if (error instanceof Failure) return error.response(requestId);
  console.error(JSON.stringify({ request_id: requestId, error: String(error) }), error);
  return new Failure("InternalError", "the gateway failed").response(requestId);
}
