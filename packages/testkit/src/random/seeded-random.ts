import type { Random } from "@capstan/protocol";

/**
 * Random numbers that a seed determines: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it), seeded through
 * SplitMix32. For tests and simulations, never for secrets.
 * @example
 * const random = new SeededRandom(42);
 * random.pick(["accept", "decline"]);
 */
export class SeededRandom implements Random {
  /** What the numbers follow from: print it when a test fails. */
  readonly seed: number | string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number | string) {
    this.seed = seed;
    const next = splitMix32(hash(String(seed)));
    this.#a = next();
    this.#b = next();
    this.#c = next();
    // A state of zeros would stay so for ever.
    this.#d = next() | 1;
  }

  /** The next 32 bits, as an unsigned number. */
  bits(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** 0 ≤ x < 1, all 53 bits of it random. */
  fraction(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.bits() >>> 24);
  }

  /** A whole number from `least` to `most`, both included, each as likely as the others. */
  int(least: number, most: number): number {
    const span = most - least + 1;
    if (!Number.isSafeInteger(least) || !Number.isSafeInteger(span) || span < 1) {
      throw new RangeError(`there is no whole number from ${least} to ${most}`);
    }
    return least + Math.floor(this.fraction() * span);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("there is nothing to pick from: the list is empty");
    return items[this.int(0, items.length - 1)] as T;
  }

  /** The items in another order; the list itself stays as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let at = list.length - 1; at > 0; at -= 1) {
      const other = this.int(0, at);
      [list[at], list[other]] = [list[other] as T, list[at] as T];
    }
    return list;
  }

  /** A source of its own for a part of a simulation, so that more draws in one part do not change the others. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let value = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return value ^ (value >>> 15);
  };
}
