import { describe, expect, test } from "vitest";
import { wantedIn } from "./address";
import { Catalogue } from "./catalogue";
import type { Row } from "./rows";

const NOW = Date.parse("2026-11-24T12:00:00Z");

function dataset(id: string, changes: Partial<Row> = {}): Row {
  return {
    id,
    title: `Title of ${id}`,
    title_zh: null,
    tags: [],
    columns: [],
    keywords: "",
    asset_class: null,
    frequency: null,
    license: "MIT",
    rows: 1,
    bytes: 1,
    updated: "2026-11-01T00:00:00Z",
    through: null,
    runs: "",
    verified: false,
    sandbox: false,
    ...changes,
  };
}

const catalogue = new Catalogue(
  [
    dataset("a/gold", { asset_class: "futures", license: "MIT", rows: 5, bytes: 70, runs: "pf", keywords: "silver" }),
    dataset("a/silver", { asset_class: "futures", license: "CC0-1.0", rows: 50, bytes: 7, runs: "fp", updated: "2026-11-24T11:00:00Z" }),
    dataset("b/rain", { asset_class: "weather", license: "MIT", rows: 500, bytes: 700, tags: ["wet"], updated: "2026-11-20T00:00:00Z" }),
  ],
  NOW,
);
const ids = (search: string) => catalogue.answer(wantedIn(search)).rows.map((row) => row.id);
const counts = (search: string) => catalogue.answer(wantedIn(search)).counts;

describe("order", () => {
  test.each([
    ["", ["a/silver", "b/rain", "a/gold"]],
    ["?q=silver", ["a/silver", "a/gold"]],
    ["?sort=name", ["a/gold", "a/silver", "b/rain"]],
    ["?sort=rows", ["b/rain", "a/silver", "a/gold"]],
    ["?sort=size", ["b/rain", "a/gold", "a/silver"]],
    ["?q=silver&sort=name", ["a/gold", "a/silver"]],
  ])("of %j", (search, expected) => {
    expect(ids(search)).toEqual(expected);
  });
});

describe("facets", () => {
  test.each([
    ["?license=MIT", ["b/rain", "a/gold"]],
    ["?license=MIT&license=CC0-1.0", ["a/silver", "b/rain", "a/gold"]],
    ["?license=MIT&class=futures", ["a/gold"]],
    ["?ns=b", ["b/rain"]],
    ["?health=failing", ["a/gold"]],
    ["?health=unknown", ["b/rain"]],
    ["?updated=24h", ["a/silver"]],
    ["?updated=7d", ["a/silver", "b/rain"]],
    ["?tag=dry", []],
  ])("%s leaves %j", (search, expected) => {
    expect(ids(search)).toEqual(expected);
  });

  test("a facet counts what its other values would bring in, the other facets only what is left", () => {
    const { license, class: classes } = counts("?license=CC0-1.0");
    expect(Object.fromEntries(license)).toEqual({ MIT: 2, "CC0-1.0": 1 });
    expect(Object.fromEntries(classes)).toEqual({ futures: 1 });
  });

  test("each count is how many datasets there are when that value alone is chosen", () => {
    for (const [name, values] of Object.entries(counts("?q=title"))) {
      for (const [value, count] of values) expect(ids(`?q=title&${name}=${value}`)).toHaveLength(count);
    }
  });

  test("the most frequent value comes first", () => {
    expect([...counts("").license.keys()]).toEqual(["MIT", "CC0-1.0"]);
  });
});
