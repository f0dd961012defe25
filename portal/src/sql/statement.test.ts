import { describe, expect, test } from "vitest";
import { columnsRead, datasetsIn, narrows } from "./statement";

describe("the datasets of a query", () => {
  test("are the ids in double quotes, each once", () => {
    expect(datasetsIn('select * from "a/b" join "c-d/e-1" using (t) where "a/b".x = 1')).toEqual(["a/b", "c-d/e-1"]);
  });
  test("are not looked for in comments, strings and other names", () => {
    expect(datasetsIn(`select '"a/b"', "A/B", "plain" -- from "c/d"\n/* "e/f" */ from "g/h"`)).toEqual(["g/h"]);
  });
});

describe("a query narrows its rows", () => {
  test.each(['select * from "a/b" limit 5', 'SELECT x FROM "a/b" WHERE y', 'from "a/b" USING  SAMPLE 5'])("%s", (sql) =>
    expect(narrows(sql)).toBe(true),
  );
  test.each(["select * from t -- limit 5", "select 'where' from t", 'select "limit" from t', "select wherever from t"])(
    "not: %s",
    (sql) => expect(narrows(sql)).toBe(false),
  );
});

describe("the columns of a query", () => {
  const columns = ["ts", "close", "Open Price", "量"];
  test("are those it names", () => {
    expect(columnsRead('select AVG(close), count(*) from "a/b" where ts > 1', columns)).toEqual(["ts", "close"]);
    expect(columnsRead('select "Open Price", 量 from t', columns)).toEqual(["Open Price", "量"]);
  });
  test("are all of them for a star", () => expect(columnsRead("select * from t", columns)).toEqual(columns));
  test("are all of them for a query that starts with FROM, DESCRIBE or SUMMARIZE", () => {
    expect(columnsRead("from t", columns)).toEqual(columns);
    expect(columnsRead("summarize t", columns)).toEqual(columns);
  });
});
