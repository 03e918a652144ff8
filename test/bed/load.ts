import { setTimeout as pause } from "node:timers/promises";
import type { Capstan } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import { LaunchBook } from "./launch-book.js";
import type { Draft, KeptLaunch, LaunchDesk, Way } from "./launch-way.js";

export interface LoadOptions {
  readonly client: Capstan;
  readonly journal: string;
  readonly random: SeededRandom;
  /** Pause of each lane between two launches, in ms. */
  readonly everyMs: number;
  readonly ways: readonly Way[];
}

const lanes = 3;

/** Launches without end, in the ways that it is given, and takes down what was acknowledged. */
export class Load {
  readonly book = new LaunchBook();
  readonly #options: LoadOptions;
  readonly #keys = new Map<string, KeptLaunch>();
  /** For launches beside its own. */
  readonly desk: LaunchDesk;
  #n = 0;
  #isEnded = false;
  #running: Promise<void> | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { client, random, journal } = options;
    this.desk = {
      client,
      random,
      book: this.book,
      draft: () => this.#draft(),
      input: ({ n, forMs }, more) => ({ journal, n, forMs, ...more }),
      keep: (key, launch) => void this.#keys.set(key, launch),
    };
  }

  start(): void {
    this.#running ??= Promise.all(Array.from({ length: lanes }, () => this.#lane())).then(() => {});
  }

  /** Resolves when everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  /** Launches once more under keys that were acknowledged before: each must be met by the task that it gave. */
  async repeat(count: number): Promise<void> {
    const { client, random } = this.#options;
    const keys = [...this.#keys.keys()];
    for (let at = 0; at < Math.min(count, keys.length); at += 1) {
      const key = random.pick(keys);
      const { definition, input, task } = this.#keys.get(key)!;
      const again = await client.launch(definition, input, { idempotencyKey: key });
      if (again.id !== task) this.book.doubled.push(`${key}: ${task} and ${again.id}`);
    }
  }

  async #lane(): Promise<void> {
    const { random, everyMs, ways } = this.#options;
    const drawn = ways.flatMap((way) => Array.from({ length: way.weight }, () => way));
    while (!this.#isEnded) {
      try {
        await random.pick(drawn).launch(this.desk);
      } catch (error) {
        this.book.failures.push(error instanceof CapstanError ? `${error.code}: ${error.message}` : String(error));
      }
      await pause(everyMs);
    }
  }

  #draft(): Draft {
    const { random } = this.#options;
    const kind = random.int(0, 19);
    const forMs = kind === 0 ? random.int(1_000, 3_000) : kind < 4 ? random.int(20, 200) : 0;
    return { n: (this.#n += 1), forMs };
  }
}
