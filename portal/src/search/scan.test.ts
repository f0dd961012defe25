import { expect, test } from "vitest";
import type { Row } from "./rows";
import { folded, rank, words } from "./scan";

const row = {
  id: "official/binance-btcusdt-kline-1m",
  title: "Bitcoin on Binance, one-minute candles",
  title_zh: "币安比特币一分钟 K 线",
  tags: ["crypto"],
  columns: ["open_time", "close"],
  keywords: "加密货币 bianbitebi babtb",
} as unknown as Row;

const ranked = (query: string) => rank(folded(row), words(query));

test.each([
  ["the start of its name", "binance-btc"],
  ["a title in another case", "BITCOIN"],
  ["Chinese", "比特币"],
  ["full-width letters", "Ｋ"],
  ["the pinyin of its title", "bitebi"],
  ["pinyin initials", "babtb"],
  ["a column", "open_time"],
  ["a tag", "crypto"],
  ["the middle of a word", "tcusd"],
])("a dataset is found by %s", (_, query) => {
  expect(ranked(query)).not.toBeNull();
});

test("every word must be in it, in whatever order and place", () => {
  expect(ranked("close 比特币 binance")).not.toBeNull();
  expect(ranked("close ethereum")).toBeNull();
});

test("words do not match across the ends of two texts", () => {
  expect(ranked("cryptoopen_time")).toBeNull();
  expect(ranked("closeadd")).toBeNull();
});

test("names rank before tags, and those before columns and keywords", () => {
  const ranks = ["bitcoin", "minute", "itcoin", "crypto", "open_time"].map((query) => ranked(query) as number);
  expect(ranks).toEqual([...ranks].sort((one, other) => one - other));
  expect(new Set(ranks).size).toBe(ranks.length);
});

test("a query of spaces, ideographic ones too, asks for nothing", () => {
  expect(words(" \u3000 ")).toEqual([]);
  expect(ranked("\u3000")).toBe(0);
});
