import fc from "fast-check";
import { SeededRandom } from "@capstan/testkit";
import { byteStringOf, textOf, type ByteString } from "../input/byte-string.js";
import { mutateBytes, type ByteMeans } from "../mutate/mutate-bytes.js";
import { mutateValue, type ValueMeans } from "../mutate/mutate-value.js";
import type { Target } from "../target/target.js";

/** Inputs longer than this are cut: what is slow on them is found by the tests of limits. */
const lengthMax = 64 * 1024;
const freshCount = 60;

export interface CaseSourceOptions {
  readonly target: Target;
  readonly seed: number;
  readonly corpus: readonly ByteString[];
}

/** An input to change, and the JSON in it: undefined when there is none. */
interface Base {
  readonly input: ByteString;
  readonly value: unknown;
}

/** Makes the inputs of a target: new ones by its generator, and changed ones of those and of its corpus. */
export class CaseSource {
  readonly #target: Target;
  readonly #seed: number;
  readonly #corpus: Base[];
  #fresh: Base[] = [];
  #random: SeededRandom;
  readonly #byteMeans: Omit<ByteMeans, "random">;

  constructor({ target, seed, corpus }: CaseSourceOptions) {
    this.#target = target;
    this.#seed = seed;
    this.#corpus = corpus.map((input) => this.#read(input));
    this.#random = new SeededRandom(seed);
    this.#byteMeans = { words: target.words ?? [], other: () => this.#base().input };
  }

  /** Begins a page of inputs, with new ones by the generator. The seed and the page say what they are. */
  turn(page: number): void {
    const seed = (this.#seed + Math.imul(page, 2_654_435_761)) | 0;
    this.#random = new SeededRandom(`${this.#seed}/${page}`);
    this.#fresh = fc.sample(this.#target.seeds, { numRuns: freshCount, seed }).map((input) => this.#read(input));
  }

  /** What reached something new; it is changed from now on. */
  keep(input: ByteString): void {
    this.#corpus.push(this.#read(input));
  }

  next(): ByteString {
    const random = this.#random;
    const base = this.#base();
    const dice = random.fraction();
    if (dice < 0.02) return base.input;
    const input = base.value !== undefined && dice < 0.6 ? this.#changedValue(base) : base.input;
    return input === base.input || dice < 0.1 ? this.#changedBytes(input) : input;
  }

  #base(): Base {
    const isFresh = this.#corpus.length === 0 || this.#random.chance(0.5);
    return this.#random.pick(isFresh ? this.#fresh : this.#corpus);
  }

  #changedBytes(input: ByteString): ByteString {
    const random = this.#random;
    const changes = random.chance(0.7) ? 1 : random.int(2, 6);
    const means: ByteMeans = { ...this.#byteMeans, random };
    let changed = input;
    for (let count = 0; count < changes; count += 1) changed = mutateBytes(changed, means);
    return changed.length > lengthMax ? changed.slice(0, lengthMax) : changed;
  }

  #changedValue({ input, value }: Base): ByteString {
    const random = this.#random;
    const changes = random.chance(0.6) ? 1 : random.int(2, 5);
    const means: ValueMeans = { random, other: () => this.#base().value ?? null };
    let changed = value;
    for (let count = 0; count < changes; count += 1) changed = mutateValue(changed, means);
    const text = input.slice(0, this.#target.jsonAt) + byteStringOf(JSON.stringify(changed) ?? "");
    return text.length > lengthMax ? input : text;
  }

  #read(input: ByteString): Base {
    const { jsonAt } = this.#target;
    return { input, value: jsonAt === undefined ? undefined : parse(input.slice(jsonAt)) };
  }
}

function parse(input: ByteString): unknown {
  try {
    return JSON.parse(textOf(input));
  } catch {
    return undefined;
  }
}
