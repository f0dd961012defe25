/** The body of a request: a JSON object of at most 1 MiB. */

import { Failure, invalid } from "./errors";

const LARGEST = 1 << 20;

export async function readDocument(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get("Content-Type");
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw invalid("Content-Type", type, "must be application/json");
  }
  const text = new TextDecoder().decode(await readBytes(request));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw invalid("request", text.slice(0, 60), "must be JSON");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw invalid("request", text.slice(0, 60), "must be a JSON object");
  }
  return document as Record<string, unknown>;
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST) throw new Failure("TooLarge", `the body is longer than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.byteLength;
  }
  return whole;
}
