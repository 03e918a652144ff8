import fc from "fast-check";
import type { ByteString } from "../input/byte-string.js";

/**
 * Cuts bytes into pieces at places that follow from the bytes themselves: what a decoder of a stream gives must not
 * depend on how the stream came.
 */
export function pieces(bytes: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  let seed = bytes.length;
  for (let at = 0; at < bytes.length;) {
    seed = Math.imul(seed ^ bytes[at]!, 0x01000193) >>> 0;
    const size = seed % 11;
    const end = at + 1 + ((size * size) >> 1);
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  return cut;
}

/** Lines of such texts, ended in every way there is. */
export function lineSeeds(line: fc.Arbitrary<ByteString>): fc.Arbitrary<ByteString> {
  const end = fc.oneof(
    { weight: 8, arbitrary: fc.constant("\n") },
    { weight: 1, arbitrary: fc.constantFrom("\r\n", "\r", "\n\n", "") },
  );
  return fc.array(fc.tuple(line, end), { maxLength: 6 }).map((lines) => lines.flat().join(""));
}
