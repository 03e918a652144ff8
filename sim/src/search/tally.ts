import type { SeedAnswer } from "./seed-message.js";

/** What many seeds come to together. */
export interface Totals {
  readonly seeds: number;
  readonly failed: number;
  readonly virtualHours: number;
  readonly tasks: number;
  readonly executions: number;
  readonly events: number;
  readonly frames: number;
  readonly commits: number;
  /** Time in the seeds' processes, in s. */
  readonly processSeconds: number;
  readonly faults: Readonly<Record<string, number>>;
}

const sums = ["tasks", "executions", "events", "frames", "commits"] as const;

/** Adds up answers. */
export class Tally {
  #seeds = 0;
  #failed = 0;
  #virtualMs = 0;
  #ms = 0;
  readonly #sums = { tasks: 0, executions: 0, events: 0, frames: 0, commits: 0 };
  readonly #faults = new Map<string, number>();

  add({ ms, report, failure }: SeedAnswer): void {
    this.#seeds += 1;
    this.#ms += ms;
    if (failure !== undefined) this.#failed += 1;
    if (report === undefined) return;
    this.#virtualMs += report.virtualMs;
    for (const name of sums) this.#sums[name] += report[name];
    for (const [name, count] of Object.entries(report.faults))
      this.#faults.set(name, (this.#faults.get(name) ?? 0) + count);
  }

  get totals(): Totals {
    return {
      seeds: this.#seeds,
      failed: this.#failed,
      virtualHours: Math.round(this.#virtualMs / 3_600_000),
      ...this.#sums,
      processSeconds: Math.round(this.#ms / 1_000),
      faults: Object.fromEntries([...this.#faults].toSorted(([left], [right]) => (left < right ? -1 : 1))),
    };
  }
}
