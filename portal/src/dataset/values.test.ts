import { expect, test } from "vitest";
import { unitText, valueText } from "./values";

test.each([
  ["2026-11-23T23:59:00.000Z", "timestamp[ms, UTC]", "2026-11-23 23:59"],
  ["2026-11-23T23:59:01.500Z", "timestamp[ms, UTC]", "2026-11-23 23:59:01.500"],
  ["2026-11-23T00:00:00.000000Z", "timestamp[us, UTC]", "2026-11-23 00:00"],
  ["2026-11-23", "date", "2026-11-23"],
  ["T:00.000Z", "string", "T:00.000Z"],
  [42424.8, "float64", "42424.8"],
  ["9007199254740993", "int64", "9007199254740993"],
  [null, "string", "–"],
  [false, "bool", "false"],
])("%s of type %s", (value, type, text) => expect(valueText(value, { type })).toBe(text));

test("an instant without a unit is UTC", () => {
  expect(unitText({ type: "timestamp[ms, UTC]", unit: null })).toBe("UTC");
  expect(unitText({ type: "float64", unit: "USDT" })).toBe("USDT");
  expect(unitText({ type: "string", unit: null })).toBe("");
});
