import { expect, test } from "vitest";
import { searchFor, wantedIn } from "./address";

const FIRST = { query: "", chosen: {}, sort: "relevance", page: 1 } as const;

test("what is searched for comes back from its address", () => {
  const wanted = {
    query: "香港 a&b=c",
    chosen: { updated: ["7d"], class: ["stock", "etf"], license: ["Terms of use (not open)"] },
    sort: "rows",
    page: 3,
  } as const;
  expect(wantedIn(searchFor(wanted, ""))).toEqual(wanted);
});

test("the first visit needs no address of its own", () => {
  expect(wantedIn("")).toEqual(FIRST);
  expect(searchFor(FIRST, "?q=old&page=2&class=etf")).toBe("");
});

test("parameters of others stay", () => {
  expect(searchFor({ ...FIRST, query: "x" }, "?lang=zh&q=old")).toBe("?lang=zh&q=x");
});

test.each(["?sort=nonsense", "?page=-4", "?page=many", "?updated=100y", "?unknown=1"])("%s is as the first visit", (search) => {
  expect(wantedIn(search)).toEqual(FIRST);
});
