import { describe, expect, test } from "vitest";
import { type SnippetSource, objectUrl, snippets } from "./snippets";

const SOURCE: SnippetSource = {
  id: "official/stooq-aapl-daily",
  store: "https://data.example.org",
  version: null,
  file: { key: "datasets/official/stooq-aapl-daily/2026-11-24/data.parquet", sha256: "e".repeat(64), version: "2026-11-24" },
};

function code(tool: string, changes: Partial<SnippetSource> = {}): string {
  return snippets({ ...SOURCE, ...changes }).find((snippet) => snippet.tool === tool)?.code ?? "";
}

test("there is one for each tool, in the order of the tabs", () => {
  expect(snippets(SOURCE).map((snippet) => snippet.label)).toEqual([
    "Python", "pandas", "polars", "CLI", "DuckDB", "R", "curl",
  ]);
});

test("without a version the newest state is loaded, with one exactly that", () => {
  expect(code("python")).toContain('client.load("official/stooq-aapl-daily")');
  const pinned = { version: "2026-11-20.r2" };
  expect(code("python", pinned)).toContain('client.load("official/stooq-aapl-daily", version="2026-11-20.r2")');
  expect(code("polars", pinned)).toContain('client.scan("official/stooq-aapl-daily", version="2026-11-20.r2")');
  expect(code("cli", pinned)).toContain(
    "od load official/stooq-aapl-daily --version 2026-11-20.r2 -o stooq-aapl-daily-2026-11-20.r2.csv",
  );
});

test("R is given the address of the file", () => {
  expect(code("r")).toContain(
    'download.file("https://data.example.org/datasets/official/stooq-aapl-daily/2026-11-24/data.parquet", file, mode = "wb")',
  );
});

describe("a name cannot end its string", () => {
  const evil = { id: `a/b"); import os; os.system('x') #\n!`, version: "1'; touch /tmp/x; echo '" };
  test("in Python", () => {
    expect(code("python", evil)).toContain(
      `client.load("a/b\\"); import os; os.system('x') #\\n!", version="1'; touch /tmp/x; echo '")`,
    );
  });
  test("in a shell", () => {
    expect(code("cli", evil)).toContain(`--version '1'\\''; touch /tmp/x; echo '\\''' -o `);
    expect(code("curl", { store: "https://x.org/$(id)" })).toContain("'https://x.org/$(id)/datasets/");
  });
});

test("parts of a key are encoded, slashes are not", () => {
  expect(objectUrl("https://x.org/base/", "a b/c?#.json")).toBe("https://x.org/base/a%20b/c%3F%23.json");
});
