import type { InputKind, Target } from "../target/target.js";
import { feedInChild } from "./child.js";
import type { Order, Word } from "./message.js";
import { emptyResult, writeResults, type Results, type TargetResult } from "./results.js";

/** The part of a target's time in which its corpus is grown, slower than it runs else; more of it when that is the aim. */
const growShares = { usual: 0.15, kept: 0.8 };
const writeMs = 1_000;

export interface CampaignOptions {
  readonly targets: readonly Target[];
  readonly results: Results;
  /** Time in all, of every process together. */
  readonly totalMs: number;
  readonly casesMax: number;
  /** Processes at a time. */
  readonly lanes: number;
  readonly isGrowing: boolean;
  readonly isKept: boolean;
  readonly signal: AbortSignal;
  readonly changed: () => void;
  readonly note: (text: string) => void;
}

/** Feeds all targets, each for its share of the time, and keeps count on disk. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #waiting: Target[];
  /** Time of a target with a share of 1. */
  readonly #unitMs: number;
  /** What runs now. */
  readonly active = new Set<string>();
  #writtenMs = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#waiting = [...options.targets];
    this.#unitMs = options.totalMs / options.targets.reduce((sum, { share = 1 }) => sum + share, 0);
  }

  async run(): Promise<void> {
    const { lanes } = this.#options;
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    writeResults(this.#options.results);
  }

  async #lane(): Promise<void> {
    const { signal } = this.#options;
    for (let target = this.#waiting.shift(); target !== undefined && !signal.aborted; target = this.#waiting.shift()) {
      this.active.add(target.name);
      await this.#feed(target);
      this.active.delete(target.name);
    }
  }

  async #feed({ name, share = 1 }: Target): Promise<void> {
    const shareMs = this.#unitMs * share;
    const { isGrowing, isKept, results, casesMax } = this.#options;
    const result = (results.targets[name] ??= emptyResult());
    if (isGrowing && !result.hasGrown)
      await this.#step(name, result, { does: "grow", limitMs: shareMs * growShares[isKept ? "kept" : "usual"] });
    const leftMs = shareMs - result.ms;
    if (leftMs < 100 || result.cases >= casesMax) return;
    await this.#step(name, result, { does: "drive", limitMs: leftMs });
  }

  async #step(name: string, result: TargetResult, what: Pick<Order, "does" | "limitMs">): Promise<void> {
    const { results, casesMax, isKept, signal, note } = this.#options;
    const before = { cases: result.cases, ms: result.ms };
    const startedMs = performance.now();
    const count = (cases: number): void => {
      result.cases = before.cases + cases;
      result.ms = before.ms + performance.now() - startedMs;
      this.#changed();
    };
    const order = {
      ...what,
      target: name,
      seed: results.seed,
      firstPage: result.page,
      casesMax: casesMax - result.cases,
      isKept,
    };
    const problem = await feedInChild({ order, signal, hear: (word) => this.#hear(word, { name, result, count }) });
    if (problem === undefined || signal.aborted) return;
    result.problems.push(problem);
    note(`${name}: ${problem}`);
  }

  #hear(
    word: Word,
    { name, result, count }: { name: string; result: TargetResult; count: (cases: number) => void },
  ): void {
    switch (word.is) {
      case "progress":
        return count(word.cases);
      case "failure":
        result.failures.push(word.failure);
        this.#options.note(`${name} breaks: ${word.failure.message.split("\n")[0]}`);
        return this.#changed();
      case "grown":
        count(word.report.cases);
        Object.assign(result, { hasGrown: true, reached: word.report.reached, corpus: word.report.corpus });
        return;
      case "driven":
        count(word.report.cases);
        result.page = word.report.page;
        return this.#weigh(name, result, word.report.heap);
    }
  }

  #weigh(name: string, result: TargetResult, heap: Extract<Word, { is: "driven" }>["report"]["heap"]): void {
    if (heap === undefined) return;
    const { beforeBytes, afterBytes, isLeak } = heap;
    result.heapBytes = { before: beforeBytes, after: afterBytes };
    if (!isLeak) return;
    const problem = `leaks: the heap has ${afterBytes} bytes after ${result.cases} inputs, ${beforeBytes} before`;
    result.problems.push(problem);
    this.#options.note(`${name} ${problem}`);
  }

  #changed(): void {
    this.#options.changed();
    if (performance.now() - this.#writtenMs < writeMs) return;
    this.#writtenMs = performance.now();
    writeResults(this.#options.results);
  }
}

/** Inputs so far, by what they stand for. */
export function countByKind(targets: readonly Target[], { targets: results }: Results): Record<InputKind, number> {
  const counts: Record<InputKind, number> = { frame: 0, body: 0, text: 0, sequence: 0, request: 0 };
  for (const { name, kind } of targets) counts[kind] += results[name]?.cases ?? 0;
  return counts;
}
