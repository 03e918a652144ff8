import type { SeededRandom } from "@capstan/testkit";
import { hostileNumbers, hostileTexts } from "../generate/hostile.js";

type Fields = Record<string, unknown>;

/** How deep a mutation goes down at most. */
const depthMax = 12;

export interface ValueMeans {
  readonly random: SeededRandom;
  /** Another value, to take parts of. */
  readonly other: () => unknown;
}

/** A JSON value that differs in one place. The given one stays as it is: what lies on the way to the place is copied. */
export function mutateValue(value: unknown, means: ValueMeans, depth = 0): unknown {
  const { random } = means;
  const isHere = depth >= depthMax || (depth > 0 && random.chance(0.3));
  const keys = isHere ? [] : keysOf(value);
  if (keys.length === 0) return replacement(value, means);
  const key = random.pick(keys);
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Fields) }) as Fields;
  const part = copy[key];
  if (typeof part === "object" && part !== null && random.chance(0.7))
    put(copy, key, mutateValue(part, means, depth + 1));
  else changeWithin(copy, key, means);
  return copy;
}

function keysOf(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function changeWithin(parent: Fields, key: string, means: ValueMeans): void {
  const { random } = means;
  const dice = random.int(0, 9);
  if (dice <= 5) return put(parent, key, replacement(parent[key], means));
  if (Array.isArray(parent))
    return dice <= 7 ? void parent.splice(Number(key), 1) : repeat(parent, Number(key), random);
  const value = parent[key];
  if (dice <= 8) delete parent[key];
  if (dice >= 8) put(parent, random.pick(hostileTexts), value);
}

/** Also sets a field that is called `__proto__`. */
function put(parent: Fields, key: string, value: unknown): void {
  if (key !== "__proto__") parent[key] = value;
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function repeat(list: unknown[], at: number, random: SeededRandom): void {
  const times = random.chance(0.02) ? random.int(10, 300) : random.int(1, 3);
  list.splice(at, 0, ...Array.from({ length: times }, () => list[at]));
}

function replacement(old: unknown, { random, other }: ValueMeans): unknown {
  switch (random.int(0, 9)) {
    case 0:
      return random.pick(hostileTexts);
    case 1:
      return random.pick(hostileNumbers);
    case 2:
      return random.pick([null, true, false, [], {}, "", 0]);
    case 3:
      return other();
    case 4:
      return random.chance(0.5) ? [old] : { value: old };
    case 5:
      return nested(random.chance(0.02) ? random.int(100, 3_000) : random.int(2, 12), random);
    default:
      return altered(old, random);
  }
}

function nested(depth: number, random: SeededRandom): unknown {
  const isList = random.chance(0.5);
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = isList ? [value] : { a: value };
  return value;
}

/** A little different from what it was. */
function altered(old: unknown, random: SeededRandom): unknown {
  if (typeof old === "number") return old + random.pick([1, -1, 0.5, 2 ** 32, -old, old * 2]);
  if (typeof old === "boolean") return !old;
  if (typeof old !== "string") return old;
  const at = random.int(0, old.length);
  const end = Math.min(old.length, at + random.int(0, 4));
  const text = random.chance(0.5) ? random.pick(hostileTexts) : String.fromCharCode(random.int(32, 126));
  return old.slice(0, at) + text + old.slice(random.chance(0.5) ? at : end);
}
