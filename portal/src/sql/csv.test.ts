import { expect, test } from "vitest";
import { toCsv } from "./csv";

test("fields with commas, quotes and line ends are quoted, null is empty and an empty text is not", () => {
  const rows = [
    [1, 'say "hi"', null],
    [-2.5, "a,b\r\nc", ""],
    [9007199254740993n, "=1+1", true],
  ];
  expect(toCsv(["n", "te,xt", "x"], rows)).toBe(
    'n,"te,xt",x\r\n1,"say ""hi""",\r\n-2.5,"a,b\r\nc",""\r\n9007199254740993,=1+1,true\r\n',
  );
});
