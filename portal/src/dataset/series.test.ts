import { expect, test } from "vitest";
import { entities, points, step } from "./series";

test("the points of one entity are in the order of time, in seconds, and gaps stay gaps", () => {
  const column = ["b", "a", "b", "a"];
  const found = points([2000, 1000, 1000, 3000], [[1, 2, null, 4]], { column, name: "b" });
  expect(found).toEqual({ times: [1, 2], values: [[null, 1]] });
});

test("a row without a time has no point, and of several at one time the last counts", () => {
  expect(points([1000, null, 1000], [[1, 2, 3]])).toEqual({ times: [1], values: [[3]] });
});

test("entities are in the order of their names, each once", () => {
  expect(entities(["b", null, "a", "b", 7])).toEqual(["7", "a", "b"]);
});

test("a bar is as wide as the smallest step", () => {
  expect(step([0, 86_400, 4 * 86_400])).toBe(86_400);
  expect(step([5])).toBe(86_400);
});
