import { expect, test } from "vitest";
import { RangedFile, WHOLE_FILE } from "./ranged";

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

function server({ ranges = true, body = BYTES, status = 206 }: { ranges?: boolean; body?: Uint8Array; status?: number } = {}) {
  const asked: string[] = [];
  const fetcher = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const range = new Headers(init?.headers).get("Range") ?? "";
    asked.push(range);
    const [start, end] = range.replace("bytes=", "").split("-").map(Number) as [number, number];
    if (status >= 400) return new Response("no", { status });
    return ranges ? new Response(body.slice(start, end + 1), { status: 206 }) : new Response(body.slice(), { status: 200 });
  };
  return { asked, fetcher: fetcher as typeof fetch };
}

const list = (buffer: ArrayBuffer) => [...new Uint8Array(buffer)];

test("a range within one that was asked for costs no request, also while it is on its way", async () => {
  const { asked, fetcher } = server();
  const file = new RangedFile("https://x/y", 100, fetcher);
  const [outer, inner] = await Promise.all([file.slice(10, 20), file.slice(12, 15)]);
  expect(list(outer)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(list(inner)).toEqual([12, 13, 14]);
  expect(asked).toEqual(["bytes=10-19"]);
  expect(file).toMatchObject({ requests: 1, transferred: 10 });
});

test("what is held of the end of a range is not fetched again", async () => {
  const { asked, fetcher } = server();
  const file = new RangedFile("https://x/y", 100, fetcher);
  await file.slice(90);
  expect(list(await file.slice(85, 95))).toEqual([85, 86, 87, 88, 89, 90, 91, 92, 93, 94]);
  expect(list(await file.slice(88, 92))).toEqual([88, 89, 90, 91]);
  expect(asked).toEqual(["bytes=90-99", "bytes=85-89"]);
});

test("a server that ignores ranges sends a small file once", async () => {
  const { asked, fetcher } = server({ ranges: false });
  const file = new RangedFile("https://x/y", 100, fetcher);
  expect(list(await file.slice(98))).toEqual([98, 99]);
  expect(list(await file.slice(0, 2))).toEqual([0, 1]);
  expect(asked).toHaveLength(1);
});

test("a large file is not taken whole", async () => {
  const file = new RangedFile("https://x/y", WHOLE_FILE + 1, server({ ranges: false }).fetcher);
  await expect(file.slice(0, 10)).rejects.toMatchObject({ trouble: "no_range" });
});

test.each([
  [404, "missing"],
  [403, "refused"],
  [416, "changed"],
  [503, "refused"],
])("HTTP %i is told apart: %s", async (status, trouble) => {
  const file = new RangedFile("https://x/y", 100, server({ status }).fetcher);
  await expect(file.slice(0, 10)).rejects.toMatchObject({ trouble });
});

test("fewer bytes than recorded are an error, and the range is asked for again", async () => {
  const { asked, fetcher } = server({ body: BYTES.slice(0, 50) });
  const file = new RangedFile("https://x/y", 100, fetcher);
  await expect(file.slice(40, 60)).rejects.toMatchObject({ trouble: "changed" });
  await expect(file.slice(40, 60)).rejects.toMatchObject({ trouble: "changed" });
  expect(asked).toHaveLength(2);
});

test("a request that fails says so", async () => {
  const file = new RangedFile("https://x/y", 100, (() => Promise.reject(new TypeError("Failed to fetch"))) as typeof fetch);
  await expect(file.slice(0, 10)).rejects.toMatchObject({ trouble: "network", detail: "TypeError: Failed to fetch" });
});
