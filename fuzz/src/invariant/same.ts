import { broken } from "./broken.js";

/** @throws BrokenInvariant unless both are the same as JSON, fields in the same order. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) broken(`${what} is another`, actual, expected);
}
