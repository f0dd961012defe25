// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { DatasetDocument } from "../types";
import { datasetId, listedFile, placeOf, previewKey, withQuery } from "./view";

const data = { key: "datasets/a/b/2026-11-24/data.parquet", bytes: 9, rows: 3, sha256: "f" };
const old = { ...data, key: "datasets/a/b/2026-11-23/data.parquet", version: "2026-11-23" };
const page = { entry: { version: "2026-11-24" }, data, versions: [old] } as unknown as DatasetDocument;

test("the address names a dataset by its path, or by a query where it has no page of its own", () => {
  expect(datasetId("/portal/d/official/stooq-aapl-daily/", "")).toBe("official/stooq-aapl-daily");
  expect(datasetId("/d/", "?id=a/b")).toBe("a/b");
  expect(datasetId("/d/", "?id=../../etc")).toBeNull();
  expect(datasetId("/d/", "")).toBeNull();
});

test("a version and a row are taken from the address only where they can be some", () => {
  expect(placeOf("?version=2026-11-20.r2&lang=zh", "#row-17")).toEqual({ version: "2026-11-20.r2", row: 17 });
  expect(placeOf("?version=2026-11-20T09", "#preview")).toEqual({ version: "2026-11-20T09", row: null });
  expect(placeOf("?version=../x", "#row-0")).toEqual({ version: null, row: null });
});

test("the file is the newest one until a version is pinned", () => {
  expect(listedFile(page, null)).toEqual({ ...data, version: "2026-11-24" });
  expect(listedFile(page, "2026-11-24")).toEqual({ ...data, version: "2026-11-24" });
  expect(listedFile(page, "2026-11-23")).toEqual(old);
  expect(listedFile(page, "2020-01-01")).toBeNull();
});

test("the preview lies beside its file", () => expect(previewKey(data)).toBe("datasets/a/b/2026-11-24/preview.json"));

test("a link keeps the other parameters of the address", () => {
  expect(withQuery("?lang=zh&id=a/b", { version: "1.2.0" })).toBe("?lang=zh&id=a/b&version=1.2.0");
  expect(withQuery("?lang=zh&version=1.2.0", { version: null })).toBe("?lang=zh");
  expect(withQuery("?version=1.2.0", { version: null })).toBe("?");
});
