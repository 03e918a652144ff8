import type { CoreConfig } from "@capstan/core";
import type { SeededRandom } from "@capstan/testkit";
import type { Skew } from "./world/lifetime.js";

export const hourMs = 3_600_000;

/** What a seed decides of the world before anything happens. */
export interface Scenario {
  /** How much slower than usual leases, heartbeats and outages are: an hour is as eventful with fewer heartbeats. */
  readonly pace: number;
  readonly config: Partial<CoreConfig>;
  readonly machines: readonly MachinePlan[];
  readonly hasLiar: boolean;
}

export interface MachinePlan {
  readonly name: string;
  readonly slots: number;
  readonly version: string;
  readonly hasCommands: boolean;
  readonly skew: Skew;
}

export function makeScenario(random: SeededRandom): Scenario {
  const pace = random.pick([1, 3, 6, 6]);
  // Every other engine has room for few tasks in memory: most wait in the store alone.
  const windows = random.chance(0.5)
    ? { wholeTasksMax: random.int(2, 20), windowTasks: random.int(1, 4), pageTasks: random.int(1, 9) }
    : {};
  const isSkewed = random.chance(0.4);
  const machines = Array.from({ length: random.int(2, 4) }, (_, at) => ({
    name: `m${at + 1}`,
    slots: random.int(1, 4),
    version: String(1 + (at % 2)),
    hasCommands: at === 0 || random.chance(0.4),
    // Clocks of machines go wrong by far less; leases leave room for a fifth.
    skew: isSkewed
      ? { rate: random.pick([0.95, 0.99, 1, 1.01, 1.05]), wallMs: random.int(-3_600_000, 3_600_000) }
      : { rate: 1, wallMs: 0 },
  }));
  return {
    pace,
    config: { ...windows, heartbeatMs: 2_000 * pace, unreachableMs: 5_000 * pace, leaseMs: 10_000 * pace },
    machines,
    hasLiar: random.chance(0.3),
  };
}

/** Busy and quiet times take turns, so that what is rare meets what is long. */
export class Tides {
  readonly #random: SeededRandom;
  #untilMs = 0;
  #isBusy = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  isBusy(nowMs: number): boolean {
    // Whoever has not done enough by the end of the hour goes on without a rest.
    if (nowMs >= hourMs) return true;
    while (nowMs >= this.#untilMs) {
      this.#isBusy = !this.#isBusy;
      this.#untilMs += this.#isBusy ? this.#random.int(20_000, 90_000) : this.#random.int(20_000, 700_000);
    }
    return this.#isBusy;
  }

  /** How long it is until the next act of somebody, in ms. */
  nextActMs(nowMs: number): number {
    return this.isBusy(nowMs) ? this.#random.int(20, 3_500) : this.#random.int(10_000, 60_000);
  }

  nextFaultMs(nowMs: number): number {
    return this.isBusy(nowMs) ? this.#random.int(500, 25_000) : this.#random.int(20_000, 240_000);
  }
}
