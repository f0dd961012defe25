/** The checksums of Parquet pages, which the library that decodes them does not look at. */

import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { ReadError } from "./ranged";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as in gzip. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Throws ReadError where a page of a column chunk is not what its checksum says; one without a checksum is let pass. */
export function checkPages(chunk: ArrayBuffer, column: string): void {
  const reader = { view: new DataView(chunk), offset: 0 };
  while (reader.offset < chunk.byteLength) {
    const header = deserializeTCompactProtocol(reader);
    const [size, checksum] = [header.field_3 as number, header.field_4 as number | undefined];
    if (!(size >= 0 && reader.offset + size <= chunk.byteLength)) {
      throw new ReadError("unreadable", `column ${column}: a page ends outside its column chunk`);
    }
    if (checksum !== undefined && crc32(new Uint8Array(chunk, reader.offset, size)) !== checksum >>> 0) {
      throw new ReadError("unreadable", `column ${column}: a page is not what its checksum says`);
    }
    reader.offset += size;
  }
}
