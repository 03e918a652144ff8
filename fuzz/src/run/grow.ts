import { setImmediate as nextTurn } from "node:timers/promises";
import { keepInput } from "../corpus/corpus.js";
import { BlockMap } from "../coverage/block-map.js";
import type { Coverage } from "../coverage/coverage.js";
import type { ByteString } from "../input/byte-string.js";
import type { Target } from "../target/target.js";
import { CaseSource } from "./case-source.js";
import { Catcher } from "./catcher.js";
import type { Failure } from "./failure.js";
import { Feeder } from "./feeder.js";

const pageCases = 2_048;
/** Inputs between two looks at the coverage: more of them the less is found. */
const batch = { least: 16, most: 256 };
/** Longer inputs are not kept: a corpus is read by people too. */
const keptBytesMax = 4_096;

export interface GrowOptions {
  readonly target: Target;
  readonly seed: number;
  readonly corpus: readonly ByteString[];
  /** Runs already, and was started before the target was loaded. */
  readonly coverage: Coverage;
  readonly limitMs: number;
  /** Where new inputs are kept. */
  readonly folder: string;
  /** Where failing inputs are kept. */
  readonly failureFolder: string;
  readonly tell: (progress: { readonly cases: number; readonly page: number }) => void;
  readonly failed: (failure: Failure) => void;
}

export interface GrowReport {
  readonly cases: number;
  readonly ms: number;
  /** Characters of code that the corpus reaches. */
  readonly reached: number;
  /** A small part of the corpus that reaches as much as all of it. */
  readonly smallest: readonly ByteString[];
  readonly added: number;
}

/** Changes the corpus of a target again and again, and keeps every input that reaches code which none did before. */
export async function grow(options: GrowOptions): Promise<GrowReport> {
  const growth = await Growth.begin(options);
  const startedMs = performance.now();
  for (let page = 0; performance.now() - startedMs < options.limitMs; page += 1) {
    await growth.page(page, startedMs + options.limitMs);
    await nextTurn();
  }
  return growth.end(performance.now() - startedMs);
}

class Growth {
  readonly #options: GrowOptions;
  readonly #feeder: Feeder;
  readonly #catcher: Catcher;
  readonly #source: CaseSource;
  readonly #corpus: ByteString[] = [];
  readonly #close: () => Promise<void>;
  #map = new BlockMap();
  #batch: number = batch.least;
  #cases = 0;
  #added = 0;

  private constructor(options: GrowOptions, parts: { feeder: Feeder; close: () => Promise<void> }) {
    const { target, seed, failureFolder, failed } = options;
    this.#options = options;
    this.#feeder = parts.feeder;
    this.#close = parts.close;
    this.#catcher = new Catcher({ target, seed, feeder: parts.feeder, folder: failureFolder, tell: failed });
    this.#source = new CaseSource({ target, seed, corpus: [] });
  }

  static async begin(options: GrowOptions): Promise<Growth> {
    const taker = await options.target.open();
    const growth = new Growth(options, {
      feeder: new Feeder(options.target, taker),
      close: async () => taker.close?.(),
    });
    growth.#options.coverage.take();
    for (const input of options.corpus) await growth.#try(input, 0);
    growth.#added = 0;
    return growth;
  }

  async page(page: number, endMs: number): Promise<void> {
    this.#source.turn(page);
    for (let made = 0; made < pageCases && performance.now() < endMs; made += this.#batch) {
      const inputs = Array.from({ length: this.#batch }, () => this.#source.next());
      const isNew = await this.#sift(inputs, page);
      this.#batch = isNew ? batch.least : Math.min(batch.most, this.#batch * 2);
      this.#cases += inputs.length;
      this.#options.tell({ cases: this.#cases, page });
    }
  }

  /** Feeds all, and finds those that reached something new by halving again and again. */
  async #sift(inputs: readonly ByteString[], page: number): Promise<boolean> {
    const { coverage } = this.#options;
    await this.#catcher.take(await this.#feeder.feed(inputs), page);
    if (!this.#map.hasNews(coverage.take())) return false;
    if (inputs.length === 1) return this.#try(inputs[0]!, page);
    const half = inputs.length >>> 1;
    const isFirst = await this.#sift(inputs.slice(0, half), page);
    const isSecond = await this.#sift(inputs.slice(half), page);
    return isFirst || isSecond;
  }

  /** Keeps the input when it reaches something new by itself. */
  async #try(input: ByteString, page: number): Promise<boolean> {
    const { coverage, folder, target } = this.#options;
    coverage.take();
    await this.#catcher.take(await this.#feeder.feed([input]), page);
    if (this.#map.add(coverage.take()) === 0 || input.length > keptBytesMax) return false;
    this.#corpus.push(input);
    this.#source.keep(input);
    this.#added += 1;
    keepInput(folder, target.name, { input });
    return true;
  }

  async end(ms: number): Promise<GrowReport> {
    const reached = this.#map.size;
    const smallest = await this.#smallest();
    await this.#close();
    return { cases: this.#cases, ms, reached, smallest, added: this.#added };
  }

  /** Short inputs first: each is kept only if it reaches what no shorter one does. */
  async #smallest(): Promise<ByteString[]> {
    const map = new BlockMap();
    const kept: ByteString[] = [];
    for (const input of this.#corpus.toSorted((left, right) => left.length - right.length)) {
      this.#options.coverage.take();
      await this.#feeder.feed([input]);
      if (map.add(this.#options.coverage.take()) > 0) kept.push(input);
    }
    return kept;
  }
}
