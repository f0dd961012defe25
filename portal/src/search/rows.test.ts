import { expect, test } from "vitest";
import { rowsOf } from "./rows";

const FIELDS = ["id", "title", "tags", "columns", "keywords", "license", "rows", "bytes", "updated", "runs"];

test("rows are read by the names of their fields, whatever their order", () => {
  const fields = ["runs", ...FIELDS.slice(0, -1)];
  const [row] = rowsOf({ format: 1, datasets: 1, fields, rows: [["pp", "a/b", "T", [], [], "", "MIT", 1, 2, "2026-01-01"]] });
  expect(row).toMatchObject({ id: "a/b", runs: "pp", bytes: 2 });
});

test("a file without a field that is needed is refused by that field's name", () => {
  expect(() => rowsOf({ format: 1, datasets: 0, fields: FIELDS.filter((name) => name !== "license"), rows: [] })).toThrow("license");
});
