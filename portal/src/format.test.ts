import { beforeAll, expect, test, vi } from "vitest";

let format: typeof import("./format");

beforeAll(async () => {
  vi.stubGlobal("location", { search: "?lang=en" });
  vi.stubGlobal("navigator", { languages: [] });
  format = await import("./format");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 kB"],
  [48_000_000, "48 MB"],
  [1_140_000_000, "1.1 GB"],
  [9_960_000, "10 MB"],
  [999_600, "1 MB"],
  [3e15, "3 PB"],
  [4.2e18, "4,200 PB"],
])("%d bytes are %s", (value, text) => {
  expect(format.bytes(value)).toBe(text);
});

test("an instant is told with its zone", () => {
  expect(format.instant("2026-11-24T18:11:00Z")).toBe("24 Nov 2026, 18:11 UTC");
  expect(format.instant("2026-11-24T18:11:00Z", "Asia/Shanghai")).toContain("25 Nov 2026, 02:11");
});

test.each([
  ["2026-11-19T12:00:00Z", "5 days ago"],
  ["2026-11-24T11:15:00Z", "45 minutes ago"],
  ["2026-11-24T12:00:00Z", "this minute"],
  ["2026-11-24T15:00:00Z", "in 3 hours"],
  ["2024-11-01T00:00:00Z", "2 years ago"],
])("%s is %s at noon of 24 November 2026", (iso, text) => {
  expect(format.ago(iso, Date.parse("2026-11-24T12:00:00Z"))).toBe(text);
});
