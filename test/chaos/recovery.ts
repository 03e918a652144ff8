import type { JournalLine } from "../bed/journal.js";
import type { LaunchBook } from "../bed/launch-book.js";
import type { Fault, FaultKind } from "./fault-log.js";

/** How long something took, in ms, over all times that it happened. */
export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Recovery {
  readonly all: Spread;
  /** Of those during which nothing was done to the engine, its disk, or the connection of that worker. */
  readonly undisturbed: Spread;
  /** The slowest of all, each with what happened meanwhile. */
  readonly slowest: readonly string[];
}

export interface RecoveryTimes {
  /** From the SIGKILL of a worker's process until a task that ran there runs again. */
  readonly process: Recovery;
  /** From the SIGKILL of all processes of a worker until a task that ran there runs again; the lease is part of it. */
  readonly machine: Recovery;
  /** From the start of an engine's process until a client has an answer: a launch acknowledged, or a verdict. */
  readonly engine: Recovery;
}

interface Sample {
  readonly takenMs: number;
  readonly isDisturbed: boolean;
  /** What was killed and what ran again. */
  readonly what: string;
  /** All that happened meanwhile. */
  readonly meanwhile: readonly Fault[];
}

const slowestShown = 3;

export interface RecoverySources {
  readonly faults: readonly Fault[];
  readonly lines: readonly JournalLine[];
  readonly book: LaunchBook;
  readonly engineStartsMs: readonly number[];
}

/** Reads the times of recovery from what the trials wrote down, and from the answers that clients got. */
export function recoveryTimes(sources: RecoverySources): RecoveryTimes {
  const { faults } = sources;
  const trials = runsOf(sources.lines);
  const after = (kind: FaultKind): Recovery =>
    summarise(faults.filter((fault) => fault.kind === kind).flatMap((fault) => runsAgain(fault, trials, sources)));
  return { process: after("worker-kill"), machine: after("machine-kill"), engine: summarise(engineSamples(sources)) };
}

/** One trial as it was written down. */
interface Run {
  readonly n: number;
  readonly pid: number;
  readonly beginMs: number;
  endMs: number;
}

function runsOf(lines: readonly JournalLine[]): Run[] {
  const open = new Map<string, Run>();
  const runs: Run[] = [];
  for (const { what, n, trial, pid, atMs } of lines) {
    const name = `${trial} ${pid}`;
    if (what === "begin") {
      const run = { n, pid, beginMs: atMs, endMs: Number.POSITIVE_INFINITY };
      open.set(name, run);
      runs.push(run);
    } else if (what !== "overlap") {
      const run = open.get(name);
      if (run !== undefined) run.endMs = Math.min(run.endMs, atMs);
    }
  }
  return runs;
}

/** What ran on the processes that died, and when each of it began again; nothing where it never had to. */
function runsAgain(fault: Fault, runs: readonly Run[], { faults }: RecoverySources): Sample[] {
  const { fromMs, pids = [] } = fault;
  const cut = runs.filter(({ pid, beginMs, endMs }) => pids.includes(pid) && beginMs < fromMs && endMs > fromMs);
  return cut.flatMap(({ n }) => {
    const again = runs.find((run) => run.n === n && run.beginMs > fromMs);
    if (again === undefined) return [];
    const meanwhile = faults.filter((other) => meets(other, { fromMs, untilMs: again.beginMs }));
    const isDisturbed = meanwhile.some(({ target }) => ["engine", "disk", `link of ${fault.target}`].includes(target));
    const what = `${fault.kind} of ${fault.target} at ${Math.round(fromMs)} ms, number ${n}`;
    return [{ takenMs: again.beginMs - fromMs, isDisturbed, what, meanwhile }];
  });
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

function meets({ fromMs, untilMs = Number.POSITIVE_INFINITY }: Fault, span: Span): boolean {
  return fromMs < span.untilMs && span.fromMs < untilMs;
}

/** Starts after which the engine was killed before anybody had an answer are none. */
function engineSamples({ engineStartsMs, book, faults }: RecoverySources): Sample[] {
  const answers = book.answersAtMs.toSorted((left, right) => left - right);
  return engineStartsMs.flatMap((startMs, at) => {
    const answerMs = answers.find((answer) => answer > startMs);
    const nextMs = engineStartsMs[at + 1] ?? Number.POSITIVE_INFINITY;
    if (answerMs === undefined || answerMs > nextMs) return [];
    const meanwhile = faults.filter((other) => meets(other, { fromMs: startMs, untilMs: answerMs }));
    const isDisturbed = meanwhile.some(({ kind }) => kind === "engine-freeze" || kind === "disk-full");
    const what = `start of the engine at ${Math.round(startMs)} ms`;
    return [{ takenMs: answerMs - startMs, isDisturbed, what, meanwhile }];
  });
}

function summarise(samples: readonly Sample[]): Recovery {
  const sorted = samples.toSorted((left, right) => right.takenMs - left.takenMs);
  return {
    all: spreadOf(samples),
    undisturbed: spreadOf(samples.filter((sample) => !sample.isDisturbed)),
    slowest: sorted.slice(0, slowestShown).map(showSample),
  };
}

function showSample({ takenMs, what, meanwhile }: Sample): string {
  const others = meanwhile.map(({ kind, target, fromMs, untilMs = 0, what: how = "" }) => {
    const span = `${Math.round(fromMs)}–${Math.round(untilMs)}`;
    return `${kind} ${target} ${how} ${span}`.replaceAll("  ", " ");
  });
  return `${Math.round(takenMs)} ms after ${what}; meanwhile: ${others.join("; ")}`;
}

function spreadOf(samples: readonly Sample[]): Spread {
  const sorted = samples.map(({ takenMs }) => takenMs).toSorted((left, right) => left - right);
  const at = (share: number): number => Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
