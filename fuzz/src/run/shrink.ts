import fc from "fast-check";
import { byteStringOf, textOf, type ByteString } from "../input/byte-string.js";

export interface ShrinkOptions {
  /** Where JSON begins; undefined where there is none. */
  readonly jsonAt: number | undefined;
  readonly fails: (input: ByteString) => Promise<boolean>;
  readonly limitMs?: number;
}

const bytes = fc.array(fc.nat({ max: 255 }), { maxLength: 1_000_000 });

/** The smallest input found that still fails: parts of its JSON are left out first, then bytes. */
export async function shrink(
  input: ByteString,
  { jsonAt, fails, limitMs = 5_000 }: ShrinkOptions,
): Promise<ByteString> {
  const endMs = performance.now() + limitMs;
  const isLate = (): boolean => performance.now() > endMs;
  const small =
    jsonAt === undefined ? input : await shrinkJson(input, jsonAt, (candidate) => !isLate() && fails(candidate));
  return shrinkBytes(small, async (candidate) => !isLate() && (await fails(candidate)), isLate);
}

type Fails = (input: ByteString) => Promise<boolean> | boolean;

async function shrinkBytes(input: ByteString, fails: Fails, isLate: () => boolean): Promise<ByteString> {
  let best = await halve(input, fails);
  for (let isBetter = true; isBetter && !isLate();) {
    isBetter = false;
    const codes = Array.from(best, (character) => character.charCodeAt(0));
    for (const candidate of bytes.shrink(codes, undefined)) {
      if (isLate()) break;
      const smaller = String.fromCharCode(...candidate.value);
      if (smaller === best || !(await fails(smaller))) continue;
      best = smaller;
      isBetter = true;
      break;
    }
  }
  return best;
}

/** Leaves out pieces, from large to small. */
async function halve(input: ByteString, fails: Fails): Promise<ByteString> {
  let best = input;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length;) {
      const smaller = best.slice(0, at) + best.slice(at + size);
      if (await fails(smaller)) best = smaller;
      else at += size;
    }
  }
  return best;
}

async function shrinkJson(input: ByteString, jsonAt: number, fails: Fails): Promise<ByteString> {
  const head = input.slice(0, jsonAt);
  let value = parse(input.slice(jsonAt));
  if (value === undefined) return input;
  let best = input;
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    for (const smaller of smallerValues(value)) {
      const candidate = head + byteStringOf(JSON.stringify(smaller) ?? "");
      if (candidate.length >= best.length || !(await fails(candidate))) continue;
      [best, value, isBetter] = [candidate, smaller, true];
      break;
    }
  }
  return best;
}

function parse(input: ByteString): unknown {
  try {
    return JSON.parse(textOf(input));
  } catch {
    return undefined;
  }
}

/** The value with one part left out, or put in its place, outermost parts first. */
function* smallerValues(value: unknown): Generator {
  if (typeof value !== "object" || value === null) return;
  const keys = Object.keys(value);
  for (const key of keys) yield (value as Record<string, unknown>)[key];
  for (const key of keys) yield without(value, key);
  for (const key of keys) {
    for (const smaller of smallerValues((value as Record<string, unknown>)[key])) yield withPart(value, key, smaller);
  }
}

function without(value: object, key: string): unknown {
  if (Array.isArray(value)) return value.filter((_, at) => at !== Number(key));
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function withPart(value: object, key: string, part: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, at) => (at === Number(key) ? part : (item as unknown)));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, name === key ? part : field]));
}
