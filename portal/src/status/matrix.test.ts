import { expect, test } from "vitest";
import type { CellStatus } from "../types";
import { assetClasses, type Day, type Module, ratios, tally } from "./matrix";

const cell = (asset_class: string, status: CellStatus) => ({
  ...{ asset_class, status, complete: 1, partial: 0, missing: 0, not_applicable: 0 },
  ...{ complete_ratio: 1, usable_ratio: 1, explain: [] },
});
const module = (name: string, ...cells: Module["cells"]): Module => ({ module: name, title: name, title_zh: name, required: true, cells });
const modules = [module("a", cell("stock", "complete"), cell("etf", "missing")), module("b", cell("macro", "missing"))];

test("columns are all asset classes, each once", () => expect(assetClasses([...modules, ...modules])).toEqual(["stock", "etf", "macro"]));

test("states are counted over the whole table", () => {
  expect(tally(modules)).toEqual({ complete: 1, partial: 0, missing: 2, not_applicable: 0 });
});

test("the history of a cell is in order and leaves out days without it", () => {
  const history: Day[] = [
    { as_of: "2026-11-20", usable_ratio: { "stock/a": 0.5 } },
    { as_of: "2026-11-18", usable_ratio: { "stock/a": 0, "etf/a": 1 } },
    { as_of: "2026-11-19", usable_ratio: {} },
  ];
  expect(ratios(history, "stock", "a")).toEqual([
    { as_of: "2026-11-18", ratio: 0 },
    { as_of: "2026-11-20", ratio: 0.5 },
  ]);
});
