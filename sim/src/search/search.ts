import { ResultFile } from "./result-file.js";
import type { SeedAnswer, SeedOrder } from "./seed-message.js";
import { SeedPool } from "./seed-pool.js";
import { shrink } from "./shrink.js";
import { Tally, type Totals } from "./tally.js";

export interface SearchOptions {
  /** The first seed; the others follow by one. */
  readonly from: number;
  /** How many seeds, or for how many seconds. */
  readonly seeds?: number | undefined;
  readonly seconds?: number | undefined;
  readonly jobs: number;
  readonly durationMs: number;
  readonly checkEvery: number;
  /** Stops at the first failure. */
  readonly isFirstEnough?: boolean;
  /** A file with a line a seed: those in it that passed on the same commit are not run again. */
  readonly out?: string | undefined;
  readonly commit: string;
  readonly imports?: readonly string[];
  readonly progress?: (totals: Totals, seconds: number) => void;
  readonly failed?: (answer: SeedAnswer) => void;
}

export interface Found {
  readonly seed: string;
  readonly message: string;
  readonly stack: string;
  /** Acts and faults that are enough; undefined when the seed fails only as a whole. */
  readonly steps: number | undefined;
}

export interface SearchResult extends Totals {
  readonly commit: string;
  readonly seconds: number;
  readonly found: readonly Found[];
}

const progressMs = 1_000;
/** So many failures are made short; the others are only told. */
const shrunkMax = 3;

/** Runs seeds on several processes, and makes what it finds short. */
export async function search(options: SearchOptions): Promise<SearchResult> {
  const { jobs, imports = [], out, commit } = options;
  const pool = new SeedPool({ jobs, imports });
  const file = out === undefined ? undefined : new ResultFile(out, commit);
  const tally = new Tally();
  for (const answer of file?.answers ?? []) tally.add(answer);
  const failures: SeedAnswer[] = [];
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1_000;
  const timer = setInterval(() => options.progress?.(tally.totals, seconds()), progressMs);
  const isOver = (): boolean =>
    (options.seconds !== undefined && seconds() >= options.seconds) ||
    (options.isFirstEnough === true && failures.length > 0);
  try {
    await pool.run(makeOrders(options, file, isOver), (answer) => {
      tally.add(answer);
      file?.add(answer);
      if (answer.failure === undefined) return;
      failures.push(answer);
      options.failed?.(answer);
    });
    const passed = seconds();
    clearInterval(timer);
    return { commit, seconds: passed, ...tally.totals, found: await explainAll(pool, options, failures) };
  } finally {
    clearInterval(timer);
    pool.close();
  }
}

function orderOf({ durationMs, checkEvery }: SearchOptions, seed: string): SeedOrder {
  return { seed, durationMs, checkEvery, stepsMax: null };
}

function makeOrders(options: SearchOptions, file: ResultFile | undefined, isOver: () => boolean) {
  const { from, seeds = Infinity } = options;
  let next = from;
  return (): SeedOrder | undefined => {
    while (file?.has(String(next)) === true) next += 1;
    if (isOver() || next >= from + seeds) return undefined;
    return orderOf(options, String(next++));
  };
}

async function explainAll(pool: SeedPool, options: SearchOptions, failures: readonly SeedAnswer[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const { seed, failure } of failures) {
    const { message, stack, steps } = failure!;
    const isShrunk = options.isFirstEnough !== true && steps > 1 && found.length < shrunkMax;
    found.push({
      seed,
      message,
      stack,
      steps: isShrunk ? await shrink(pool, orderOf(options, seed), steps) : undefined,
    });
  }
  return found;
}
