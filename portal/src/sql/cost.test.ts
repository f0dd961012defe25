import { expect, test } from "vitest";
import { costOf } from "./cost";
import type { Table } from "./tables";

const columns = [
  { name: "ts", type: "timestamp[ms, UTC]" },
  { name: "close", type: "float64" },
  { name: "note", type: "string" },
];
const table = (bytes: number): Table => ({ id: "a/b", columns, files: [], bytes, leftOut: 0 });
const perColumn = new Map([["ts", 10], ["close", 200], ["note", 3000]]);

test("a small table without a filter is fetched whole", () => {
  expect(costOf('select ts from "a/b"', table(64_000_000), perColumn)).toEqual({ id: "a/b", how: "whole", bytes: 64_000_000 });
});

test("with a filter or a limit, the columns that the query names are read by range", () => {
  expect(costOf('select close from "a/b" where ts > 1', table(4000), perColumn)).toMatchObject({ how: "range", bytes: 210 });
  expect(costOf('select * from "a/b" limit 5', table(4000), perColumn)).toMatchObject({ how: "range", bytes: 3210 });
});

test("without a footer the whole table is the most that can be read", () => {
  expect(costOf('select ts from "a/b" limit 5', table(4000), null)).toMatchObject({ how: "range", bytes: 4000 });
});

test("a big table needs no filter, a huge one does", () => {
  expect(costOf('select ts from "a/b"', table(500_000_000), null).how).toBe("range");
  expect(costOf('select ts from "a/b"', table(500_000_001), null).how).toBe("refused");
  expect(costOf('select ts from "a/b" limit 1', table(500_000_001), null).how).toBe("range");
});
