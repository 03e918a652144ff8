/**
 * An input: a string in which every character is one byte (0–255). Strings are cut and joined faster than buffers, and
 * what a fuzzer makes goes to disk and back without loss.
 */
export type ByteString = string;

// oxlint-disable-next-line no-control-regex
const beyondAscii = /[^\u0000-\u007f]/;

/** The bytes of a text in UTF-8. */
export function byteStringOf(text: string): ByteString {
  return beyondAscii.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

/** What a decoder of text is given: the bytes read as UTF-8, broken ones replaced, as every reader of text does it. */
export function textOf(input: ByteString): string {
  return beyondAscii.test(input) ? Buffer.from(input, "latin1").toString("utf8") : input;
}

export function bytesOf(input: ByteString): Buffer {
  return Buffer.from(input, "latin1");
}
