import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const page = (path: string) => resolve(import.meta.dirname, path, "index.html");

export default defineConfig({
  base: "./",
  appType: "mpa",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { search: page("."), dataset: page("d"), status: page("status"), sql: page("sql") } },
  },
  worker: { format: "es" },
});
