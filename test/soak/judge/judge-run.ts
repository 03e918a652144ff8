import type { Sample } from "../sample/sample.js";
import { checkBounded, checkNone, checkSteady, checkTrend, type Answer, type Finding } from "./check.js";
import type { Point } from "./statistic.js";

export interface RunFacts {
  /** Workers that are there from the beginning to the end. */
  readonly workers: readonly string[];
  readonly taskRetentionMs: number;
}

export interface Judgement {
  readonly answer: Answer;
  readonly findings: readonly Finding[];
  /** Samples before this are of warming up, and were not judged. */
  readonly warmUpMs: number;
}

/** MB an hour that are taken for none, and MB in all. */
const heapPerHourMax = 8;
const residentPerHourMax = 24;
/** It takes what its heap is given over some thousand commands, and no more then. */
const spawnerPerHourMax = 12;
const leastGrowth = 5;
/** Keys that the SDK chooses hold for ten minutes. */
const keyMs = 600_000;
const mega = 1e6;
/** What is kept up to a number (100,000), or until garbage is collected; of what a few tasksets more or less have many. */
const heldAllowance: Readonly<Record<string, number>> = { events: 100_000, specs: 2_000, estimates: 150, offers: 100 };

/** Says of every series of a run whether it grows. */
export function judgeRun(samples: readonly Sample[], facts: RunFacts): Judgement {
  const lengthMs = samples.at(-1)?.atMs ?? 0;
  // Code is compiled, caches with a bound are filled, and the first tasks reach the end of their retention.
  const warmUpMs = Math.max(lengthMs / 4, Math.min(2 * facts.taskRetentionMs, lengthMs / 2));
  const judged = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const findings = [
    ...judgeMemory(judged, facts),
    ...judgeProcesses(judged, facts),
    ...judgeDisk(judged, facts),
    ...judgeWork(samples),
  ];
  return { answer: worst(findings), findings, warmUpMs };
}

function worst(findings: readonly Finding[]): Answer {
  const answers = new Set(findings.map(({ answer }) => answer));
  return answers.has("growing") ? "growing" : answers.has("unclear") ? "unclear" : "flat";
}

/** A figure of each sample that has it. */
export function seriesOf(samples: readonly Sample[], figure: (sample: Sample) => number | undefined): Point[] {
  return samples.flatMap((sample) => {
    const y = figure(sample);
    return y === undefined ? [] : [{ x: sample.atMs / 3_600_000, y }];
  });
}

function judgeMemory(samples: readonly Sample[], { workers }: RunFacts): Finding[] {
  const trend = (name: string, perHourMax: number, figure: (sample: Sample) => number | undefined): Finding =>
    checkTrend(
      seriesOf(samples, (sample) => {
        const bytes = figure(sample);
        return bytes === undefined ? undefined : bytes / mega;
      }),
      { name, unit: "MB", perHourMax, least: leastGrowth },
    );
  return [
    trend("engine: heap in use", heapPerHourMax, ({ engine }) => engine.heapBytes),
    trend("engine: memory", residentPerHourMax, ({ engine }) => engine.anonBytes),
    trend("engine: external memory", heapPerHourMax, ({ engine }) => engine.externalBytes),
    ...workers.flatMap((name) => [
      trend(`${name}: memory`, residentPerHourMax, (sample) => sample.workers[name]?.anonBytes),
      trend(`${name}: memory of its spawner`, spawnerPerHourMax, (sample) => sample.workers[name]?.spawnerBytes),
    ]),
    trend("clients: memory", residentPerHourMax, ({ clients }) => clients.anonBytes),
  ];
}

function judgeProcesses(samples: readonly Sample[], { workers }: RunFacts): Finding[] {
  const steady = (name: string, allowance: number, figure: (sample: Sample) => number | undefined): Finding =>
    checkSteady(seriesOf(samples, figure), { name, unit: "", allowance });
  const held = new Set(samples.flatMap(({ engine }) => Object.keys(engine.held)));
  return [
    steady("engine: descriptors", 6, ({ engine }) => engine.descriptors),
    steady("engine: threads", 1, ({ engine }) => engine.threads),
    steady("clients: descriptors", 10, ({ clients }) => clients.descriptors),
    ...workers.flatMap((name) => [
      steady(`${name}: descriptors`, 6, (sample) => sample.workers[name]?.descriptors),
      steady(`${name}: children`, 3, (sample) => sample.workers[name]?.children),
      steady(`${name}: threads`, 1, (sample) => sample.workers[name]?.threads),
    ]),
    ...[...held].map((thing) =>
      steady(`engine holds: ${thing}`, heldAllowance[thing] ?? 25, ({ engine }) => engine.held[thing]),
    ),
  ];
}

function judgeDisk(samples: readonly Sample[], { taskRetentionMs }: RunFacts): Finding[] {
  const settleHours = (2 * taskRetentionMs) / 3_600_000;
  const bounded = (name: string, figure: (sample: Sample) => number | undefined, settle = settleHours): Finding => {
    const figureMega = (sample: Sample): number | undefined => {
      const bytes = figure(sample);
      return bytes === undefined ? undefined : bytes / mega;
    };
    const bound = { settleHours: settle, percent: 25, allowance: 3 };
    return checkBounded(seriesOf(samples, figureMega), { name, unit: "MB", ...bound });
  };
  const tables = new Set(samples.flatMap(({ store }) => Object.keys(store.rows ?? {})));
  const rows = [...tables].map((table) => {
    const hours = table === "idempotency" ? (1.2 * keyMs) / 3_600_000 : settleHours;
    const bound = { settleHours: hours, percent: 40, allowance: 60 };
    const series = seriesOf(samples, ({ store }) => store.rows?.[table]);
    return checkBounded(series, { name: `rows: ${table}`, unit: "rows", ...bound });
  });
  return [
    bounded("disk: database in use", ({ store }) => store.usedBytes),
    bounded("disk: database file", ({ store }) => store.databaseBytes),
    bounded("disk: write-ahead log", ({ store }) => store.walBytes),
    bounded("disk: blobs", ({ store }) => store.blobBytes),
    bounded("disk: workers' cache", ({ cacheBytes }) => cacheBytes),
    ...rows,
  ];
}

/** The whole run counts, warm or not. */
function judgeWork(samples: readonly Sample[]): Finding[] {
  const last = samples.at(-1);
  return [
    checkNone("wrong outcomes", last?.load.wrong ?? 0),
    checkNone("running without a lease", last?.engine.sweepMended ?? 0),
    checkNone("commits that failed", last?.engine.commitsFailed ?? 0),
  ];
}
