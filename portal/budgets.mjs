// JavaScript of each built page in bytes after gzip, as `npm run budgets`; fails when a page is above its budget.
// `first` is what a page loads before anything is shown, `all` what it can load later too, workers included.

import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = resolve(import.meta.dirname, "dist");
const PAGES = { search: ".", dataset: "d", status: "status", sql: "sql" };
const BUDGETS = { search: { first: 20_000 }, dataset: { all: 120_000 } };

const first = (page) => {
  const html = readFileSync(join(DIST, PAGES[page], "index.html"), "utf8");
  const paths = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map((match) => resolve(DIST, PAGES[page], match[1]));
  if (paths.length === 0) throw new Error(`${page}: its page names no script`);
  return new Set(paths);
};

const all = (page) => {
  const paths = first(page);
  for (const path of paths) {
    for (const [name] of readFileSync(path, "utf8").matchAll(/[\w.-]+\.js(?=["'`])/g)) {
      const other = join(DIST, "assets", basename(name));
      if (existsSync(other)) paths.add(other);
    }
  }
  return paths;
};

const gzipped = (paths) => [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);

const measured = Object.fromEntries(Object.keys(PAGES).map((page) => [page, { first: gzipped(first(page)), all: gzipped(all(page)) }]));
console.log(JSON.stringify(measured, null, 1));
for (const [page, budgets] of Object.entries(BUDGETS)) {
  for (const [what, most] of Object.entries(budgets)) {
    if (measured[page][what] <= most) continue;
    console.error(`${page}: ${what} is ${measured[page][what]} bytes of JavaScript, above its budget of ${most}`);
    process.exitCode = 1;
  }
}
