import { expect, test } from "vitest";
import type { Chart, Column } from "../types";
import { firstQuery, tableOf } from "./tables";

const file = (bytes: number) => ({ bytes, rows: 1, key: `k/${bytes}`, sha256: "" });
const document = (versioning: string, slices: ReturnType<typeof file>[]) => ({
  entry: { id: "a/b", versioning, partitions: 5 },
  columns: [],
  slices,
});

test("a table in slices is all its files, and says how many are left out", () => {
  expect(tableOf(document("date", [file(30), file(20)]))).toMatchObject({ files: [file(30), file(20)], bytes: 50, leftOut: 3 });
});

test("a snapshot is its newest version, whatever came before", () => {
  expect(tableOf(document("snapshot", [file(20)]))).toMatchObject({ files: [file(20)], bytes: 20, leftOut: 0 });
});

test("nothing published is no table", () => expect(tableOf(document("date", []))).toBeNull());

const column = (name: string, type: string): Column => ({ name, type, nullable: false, unit: null, description: "", description_zh: null });
const line = (time: string) => ({ kind: "line", time, time_unit: "day", timezone: null, series: [] }) as Chart;
const entry = { id: "a/b", max_date: "2026-03-01T23:00:00.000Z" };

test("the first query is of the newest day of instants, or of the newest month of days", () => {
  expect(firstQuery({ entry, columns: [column("at", "timestamp[ms, UTC]")], chart: line("at") })).toContain(
    `WHERE "at" >= TIMESTAMP '2026-03-01'\nORDER BY "at" DESC`,
  );
  expect(firstQuery({ entry, columns: [column('d"1', "date")], chart: line('d"1') })).toContain(`WHERE "d""1" >= DATE '2026-02-01'`);
});

test("without time, the first query is of the first rows", () => {
  expect(firstQuery({ entry, columns: [], chart: null })).toBe('SELECT *\nFROM "a/b"\nLIMIT 100');
});
