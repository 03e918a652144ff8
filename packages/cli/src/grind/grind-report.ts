import { wilson } from "./wilson.js";

/** One run of a file, as its last trial told of it. */
export interface GrindRun {
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  readonly worker: string;
  readonly trial: string;
  /** What failed in it, each with what it says. */
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}

export interface GrindFailure {
  readonly name: string;
  readonly message: string;
  readonly count: number;
  /** One trial that failed so. */
  readonly trial: string;
}

export interface GrindReport {
  readonly file: string;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of runs that passed or failed: which share failed, and between which shares it lies with 95 %. */
  readonly failedShare: number;
  readonly failedShareLow: number;
  readonly failedShareHigh: number;
  /** Of those that passed; left out when none did. */
  readonly durations?: {
    readonly minMs: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly maxMs: number;
  };
  readonly workers: readonly { readonly worker: string; readonly runs: number; readonly failed: number }[];
  /** Failures that say the same but for numbers, the most frequent first. */
  readonly failures: readonly GrindFailure[];
}

/** What many runs of files say, a report a file, in the order of the files. */
export function grindReports(runs: readonly GrindRun[]): GrindReport[] {
  return [...groupBy(runs, ({ file }) => file)].map(([file, each]) => reportOf(file, each));
}

function reportOf(file: string, runs: readonly GrindRun[]): GrindReport {
  const count = (outcome: GrindRun["outcome"]): number => runs.filter((run) => run.outcome === outcome).length;
  const [passed, failed] = [count("passed"), count("failed")];
  const [failedShareLow, failedShareHigh] = wilson(failed, passed + failed);
  const durations = durationsOf(runs);
  return {
    file,
    runs: runs.length,
    passed,
    failed,
    skipped: count("skipped"),
    failedShare: passed + failed === 0 ? 0 : failed / (passed + failed),
    failedShareLow,
    failedShareHigh,
    ...(durations === undefined ? {} : { durations }),
    workers: workersOf(runs),
    failures: failuresOf(runs),
  };
}

function durationsOf(runs: readonly GrindRun[]): GrindReport["durations"] {
  const sorted = runs
    .filter(({ outcome }) => outcome === "passed")
    .map(({ durationMs }) => durationMs)
    .toSorted((left, right) => left - right);
  if (sorted.length === 0) return undefined;
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { minMs: at(0), p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

function workersOf(runs: readonly GrindRun[]): GrindReport["workers"] {
  return [...groupBy(runs, ({ worker }) => worker)]
    .map(([worker, each]) => ({
      worker,
      runs: each.length,
      failed: each.filter(({ outcome }) => outcome === "failed").length,
    }))
    .toSorted(
      (left, right) => right.failed / right.runs - left.failed / left.runs || (left.worker < right.worker ? -1 : 1),
    );
}

function failuresOf(runs: readonly GrindRun[]): GrindFailure[] {
  const all = runs.flatMap(({ trial, failures }) => failures.map((failure) => ({ trial, ...failure })));
  return [...groupBy(all, ({ name, message }) => `${name}\n${shapeOf(message)}`).values()]
    .map((each) => ({ ...each[0]!, message: headOf(each[0]!.message), count: each.length }))
    .toSorted((left, right) => right.count - left.count);
}

/** What a message says but for what differs from run to run: numbers, addresses, times. */
function shapeOf(message: string): string {
  return headOf(message).replaceAll(/0x[0-9a-f]+|\d+/gi, "#");
}

function headOf(message: string): string {
  return message.trimStart().split("\n")[0]!.slice(0, 500);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
