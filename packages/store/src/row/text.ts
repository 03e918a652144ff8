import type { Value } from "./value.js";

/** The columns of one row, in the order of its table's column list. */
export type Cells = readonly Value[];

const special = /[\0\x01]/g; // oxlint-disable-line no-control-regex
const half = /\p{Surrogate}/u;
const halves = /\p{Surrogate}/gu;
const escaped = /\x01[01]/g; // oxlint-disable-line no-control-regex

/**
 * Text that people choose, as a column. SQLite's drivers cut a text at its first NUL, so two keys could become one:
 * NUL and the escape character itself (U+0001) are written as U+0001 and a digit. Half of a pair of surrogates has no
 * UTF-8, so every store would keep the same for all of them: it becomes that here, where two keys of it are seen to be one.
 */
export function packText(text: string): string;
export function packText(text: string | null): string | null;
export function packText(given: string | null): string | null {
  const text = given !== null && half.test(given) ? given.replaceAll(halves, "\ufffd") : given;
  if (text === null || (!text.includes("\0") && !text.includes("\x01"))) return text;
  return text.replace(special, (character) => (character === "\0" ? "\x010" : "\x011"));
}

export function unpackText(text: string): string;
export function unpackText(text: string | null): string | null;
export function unpackText(text: string | null): string | null {
  if (text === null || !text.includes("\x01")) return text;
  return text.replace(escaped, (pair) => (pair === "\x010" ? "\0" : "\x01"));
}

/** A number with the 15 significant digits that SQLite keeps when it writes a number as text. */
export function packReal(value: number): number;
export function packReal(value: number | null): number | null;
export function packReal(value: number | null): number | null {
  return value === null || Number.isInteger(value) ? value : Number(value.toPrecision(15));
}

export function packJson(value: unknown): string {
  return JSON.stringify(value);
}

/** JSON of a value that may be absent. */
export function packOptional(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

export function unpackJson<T>(cell: Value): T {
  return JSON.parse(cell as string) as T;
}

export function unpackOptional<T>(cell: Value): T | null {
  return cell === null ? null : (JSON.parse(cell as string) as T);
}

const poolMax = 4_096;
const pool = new Map<string, string>();

/** One copy of a text that many rows share (a definition, a revision): a million tasks hold it once, not a million times. */
export function shareText(cell: Value): string {
  const text = cell as string;
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= poolMax) pool.clear();
  pool.set(text, text);
  return text;
}

export function shareOptional(cell: Value): string | null {
  return cell === null ? null : shareText(cell);
}
