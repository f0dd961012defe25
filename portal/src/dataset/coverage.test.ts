import { expect, test } from "vitest";
import { coverageLines, percent, shade } from "./coverage";

const cell = (period: string, present: number, expected: number) => ({ period, present, expected, ratio: present / expected });

test("months stand in lines of years, and a month of which nothing is expected is empty", () => {
  const lines = coverageLines({ by: "month", cells: [cell("2024-12", 1, 31), cell("2023-02", 28, 28)] });
  expect(lines.map((line) => line.label)).toEqual(["2023", "2024"]);
  expect(lines[0]?.cells.map((one) => one?.period ?? null)).toEqual([null, "2023-02", ...new Array(10).fill(null)]);
  expect(lines[1]?.cells[11]?.present).toBe(1);
});

test("years stand in lines of decades", () => {
  const lines = coverageLines({ by: "year", cells: [cell("1999", 1, 1), cell("2000", 1, 1)] });
  expect(lines.map((line) => line.label)).toEqual(["1990", "2000"]);
  expect(lines[0]?.cells[9]?.period).toBe("1999");
});

test("only a complete period is shown as complete, only an empty one as empty", () => {
  expect([cell("a", 0, 1000), cell("a", 1, 1000), cell("a", 999, 1000), cell("a", 1000, 1000)].map(shade)).toEqual([0, 1, 3, 4]);
  expect(percent(cell("a", 99_999, 100_000))).toBe(99.9);
  expect(percent(cell("a", 3, 3))).toBe(100);
});
