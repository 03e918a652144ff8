import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { EngineMeasures } from "../engine/operations.js";

type Read = (measures: EngineMeasures) => number | Readonly<Record<string, number>>;

interface Family {
  readonly name: string;
  readonly help: string;
  /** The label of a family that is read as a record. */
  readonly label?: string;
  readonly read: Read;
}

const gauges: readonly Family[] = [
  { name: "capstan_tasks", help: "Unfinished tasks by status", label: "status", read: ({ tasks }) => ({ ...tasks }) },
  { name: "capstan_workers", help: "Workers by status", label: "status", read: ({ workers }) => workers },
  { name: "capstan_slots", help: "Slots of all connected workers", read: ({ slots }) => slots.total },
  { name: "capstan_slots_busy", help: "Slots in which a trial runs", read: ({ slots }) => slots.busy },
  {
    name: "capstan_held",
    help: "Entries that the engine keeps in memory, by what they are; none grows with what is finished",
    label: "thing",
    read: ({ held }) => held,
  },
  {
    name: "capstan_backlog_seconds",
    help: "Work that waits, by estimates: what an autoscaler looks at",
    read: ({ backlogMs }) => backlogMs / 1_000,
  },
];

const counters: readonly Family[] = [
  {
    name: "capstan_tasks_finished_total",
    help: "Verdicts since the start, by status",
    label: "status",
    read: ({ finished }) => finished,
  },
  {
    name: "capstan_trials_ended_total",
    help: "Trials ended since the start, by status",
    label: "status",
    read: ({ trials }) => trials,
  },
  {
    name: "capstan_offers_total",
    help: "Offers since the start, by what became of them; made counts them all",
    label: "outcome",
    read: ({ offers }) => ({ ...offers }),
  },
  { name: "capstan_commits_total", help: "Commits since the start", read: ({ commits }) => commits.count },
  { name: "capstan_commit_rows_total", help: "Rows written by commits", read: ({ commits }) => commits.rows },
  { name: "capstan_commits_failed_total", help: "Commits that failed", read: ({ commits }) => commits.failed },
  {
    name: "capstan_commit_seconds_total",
    help: "Time spent in commits",
    read: ({ commits }) => commits.secondsTotal,
  },
  {
    name: "capstan_loop_events_total",
    help: "Events applied by the engine's loop",
    read: ({ loop }) => loop.eventsApplied,
  },
  {
    name: "capstan_loop_seconds_total",
    help: "Time spent in the engine's loop",
    read: ({ loop }) => loop.secondsTotal,
  },
  {
    name: "capstan_sweep_mended_total",
    help: "Trials found running without a live lease; anything but 0 is a fault of Capstan",
    read: ({ sweepMended }) => sweepMended,
  },
];

/** The engine's measures and its process's, in Prometheus' text format; read when they are asked for. */
export class EngineMetrics {
  readonly #registry = new Registry();
  readonly #measures: () => EngineMeasures;
  /** Read once a scrape, so that the families of one scrape agree. */
  #latest: EngineMeasures | undefined;

  constructor(measures: () => EngineMeasures) {
    this.#measures = measures;
    for (const family of gauges) this.#addGauge(family);
    for (const family of counters) this.#addCounter(family);
    // The event loop's delay is sampled by a timer: 10 times a second costs an idle engine next to nothing.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async expose(): Promise<string> {
    this.#latest = this.#measures();
    return this.#registry.metrics();
  }

  #addGauge({ name, help, label, read }: Family): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
      collect: () => {
        gauge.reset();
        for (const { labels, value } of this.#values(label, read)) gauge.set(labels, value);
      },
    });
  }

  #addCounter({ name, help, label, read }: Family): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        for (const { labels, value } of this.#values(label, read)) counter.inc(labels, value);
      },
    });
  }

  *#values(label: string | undefined, read: Read): Generator<{ labels: Record<string, string>; value: number }> {
    if (this.#latest === undefined) return;
    const values = read(this.#latest);
    if (typeof values === "number") yield { labels: {}, value: values };
    else for (const [word, value] of Object.entries(values)) yield { labels: { [label!]: word }, value };
  }
}
