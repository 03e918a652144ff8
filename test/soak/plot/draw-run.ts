import { seriesOf } from "../judge/judge-run.js";
import type { Sample } from "../sample/sample.js";
import type { Chart, Line } from "./chart.js";
import { drawPage } from "./page.js";

export interface DrawnRun {
  readonly workers: readonly string[];
  readonly warmUpMs: number;
}

type Figure = (sample: Sample) => number | undefined;

const mega = 1e6;

/** A run on one page: memory, disk, what is held open, CPU, throughput and latency. */
export function drawRun(samples: readonly Sample[], { workers, warmUpMs }: DrawnRun): string {
  const last = samples.at(-1);
  const line = (name: string, figure: Figure): Line => ({ name, points: seriesOf(samples, figure) });
  const everyWorker = (figure: (worker: Sample["workers"][string]) => number): Line[] =>
    [...workers, "guest"].map((name) =>
      line(name, ({ workers: all }) => (all[name] === undefined ? undefined : figure(all[name]))),
    );
  const charts: Chart[] = [
    memoryChart(line, everyWorker),
    { title: "Engine: held in memory", unit: "entries", isPower: true, lines: heldLines(samples, line) },
    diskChart(line),
    { title: "Rows in the store", unit: "rows", isPower: true, lines: rowLines(samples, line) },
    {
      title: "File descriptors",
      unit: "open",
      lines: [
        line("engine", ({ engine }) => engine.descriptors),
        ...everyWorker(({ descriptors }) => descriptors),
        line("clients", ({ clients }) => clients.descriptors),
      ],
    },
    {
      title: "Children and threads",
      unit: "processes, threads",
      lines: [
        ...everyWorker(({ children }) => children).map(({ name, points }) => ({ name: `${name}: children`, points })),
        line("engine: threads", ({ engine }) => engine.threads),
      ],
    },
    cpuChart(samples, workers),
    {
      title: "Throughput",
      unit: "a second",
      lines: [rateOf(samples, { name: "verdicts", figure: ({ engine }) => engine.finished })],
    },
    {
      title: "A task that does nothing, launch to verdict",
      unit: "ms",
      isPower: true,
      lines: [
        line("median", ({ probe }) => (probe.count === 0 ? undefined : probe.medianMs)),
        line("longest", ({ probe }) => (probe.count === 0 ? undefined : probe.mostMs)),
      ],
    },
    {
      title: "Unfinished tasks",
      unit: "tasks",
      isPower: true,
      lines: ["waiting", "queued", "running"].map((status) => line(status, ({ engine }) => engine.tasks[status])),
    },
  ];
  const minutes = Math.round((last?.atMs ?? 0) / 6_000) / 10;
  return drawPage(charts, {
    title: "Soak: an engine and its workers under a mixed load",
    subtitle: `${minutes} minutes, ${last?.engine.finished ?? 0} verdicts, ${last?.load.wrong ?? 0} wrong; grey: warming up, not judged`,
    hours: Math.max(1 / 3_600, (last?.atMs ?? 0) / 3_600_000),
    warmUpHours: warmUpMs / 3_600_000,
  });
}

type MakeLine = (name: string, figure: Figure) => Line;
type EveryWorker = (figure: (worker: Sample["workers"][string]) => number) => Line[];

function memoryChart(line: MakeLine, everyWorker: EveryWorker): Chart {
  return {
    title: "Memory",
    unit: "MB",
    lines: [
      line("engine", ({ engine }) => engine.anonBytes / mega),
      line("engine: heap", ({ engine }) => engine.heapBytes / mega),
      line("engine: external", ({ engine }) => engine.externalBytes / mega),
      ...everyWorker(({ anonBytes }) => anonBytes / mega),
      line("clients", ({ clients }) => clients.anonBytes / mega),
    ],
  };
}

function diskChart(line: MakeLine): Chart {
  return {
    title: "Disk",
    unit: "MB",
    lines: [
      line("database", ({ store }) => store.databaseBytes / mega),
      line("database in use", ({ store }) => (store.usedBytes === undefined ? undefined : store.usedBytes / mega)),
      line("write-ahead log", ({ store }) => store.walBytes / mega),
      line("blobs", ({ store }) => store.blobBytes / mega),
      line("workers' cache", ({ cacheBytes }) => cacheBytes / mega),
    ],
  };
}

/** The largest, by their last figures. */
function heldLines(samples: readonly Sample[], line: MakeLine): Line[] {
  const { held = {} } = samples.at(-1)?.engine ?? {};
  return largest(held).map((thing) => line(thing, ({ engine }) => engine.held[thing]));
}

function rowLines(samples: readonly Sample[], line: MakeLine): Line[] {
  const rows = samples.findLast(({ store }) => store.rows !== undefined)?.store.rows ?? {};
  return largest(rows).map((table) => line(table, ({ store }) => store.rows?.[table]));
}

function largest(figures: Readonly<Record<string, number>>): string[] {
  return Object.entries(figures)
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, 9)
    .map(([name]) => name);
}

function cpuChart(samples: readonly Sample[], workers: readonly string[]): Chart {
  return {
    title: "CPU, children included",
    unit: "cores",
    lines: [
      rateOf(samples, { name: "engine", figure: ({ engine }) => engine.cpuSeconds }),
      ...workers.map((name) => rateOf(samples, { name, figure: ({ workers: all }) => all[name]?.cpuSeconds })),
    ],
  };
}

/** What a counter rose by, a second, between one sample and the next. */
function rateOf(samples: readonly Sample[], { name, figure }: { name: string; figure: Figure }): Line {
  const points = samples.slice(1).flatMap((sample, at) => {
    const before = samples[at]!;
    const [from, to] = [figure(before), figure(sample)];
    if (from === undefined || to === undefined || to < from) return [];
    return [{ x: sample.atMs / 3_600_000, y: ((to - from) / (sample.atMs - before.atMs)) * 1_000 }];
  });
  return { name, points };
}
