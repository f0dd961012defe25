/** Request ids: ULIDs, which sort by time. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function ulid(now: number): string {
  const time = Array.from({ length: 10 }, (_, digit) => ALPHABET[Math.floor(now / 32 ** (9 - digit)) % 32]);
  const random = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => ALPHABET[byte % 32]);
  return [...time, ...random].join("");
}
