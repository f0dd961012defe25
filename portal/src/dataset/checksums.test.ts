import { expect, test } from "vitest";
import { checkPages, crc32 } from "./checksums";

const BODY = new TextEncoder().encode("123456789");

/** A page header in Thrift's compact protocol (type, both sizes, CRC-32 of the body), and a body. */
function page(crc: number | null): number[] {
  const zigzag = (value: number) => {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    const bytes: number[] = [];
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    return [...bytes, rest];
  };
  const field = (value: number) => [0x15, ...zigzag(value)];
  return [...field(0), ...field(9), ...field(9), ...(crc === null ? [] : field(crc | 0)), 0, ...BODY];
}

const chunk = (...pages: number[][]) => Uint8Array.from(pages.flat()).buffer;

test("the checksum is that of gzip", () => expect(crc32(BODY)).toBe(0xcbf43926));

test("pages with the right checksum pass, and those without one", () => {
  checkPages(chunk(page(0xcbf43926), page(null), page(0xcbf43926)), "x");
});

test("a page that changed is named by its column", () => {
  const bytes = chunk(page(0xcbf43926), page(0xcbf43926));
  new Uint8Array(bytes)[bytes.byteLength - 1]! ^= 1;
  expect(() => checkPages(bytes, "close")).toThrow("column close: a page is not what its checksum says");
});

test("a page that does not end within its chunk is an error", () => {
  expect(() => checkPages(chunk(page(null)).slice(0, -1), "close")).toThrow("ends outside");
});
