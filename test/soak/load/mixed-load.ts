import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { SeededRandom } from "@capstan/testkit";
import { clientKinds } from "./client-kinds.js";
import { commandKinds } from "./command-kinds.js";
import { jobKinds } from "./job-kinds.js";
import type { Kind, LoadContext } from "./kind.js";
import { tasksetKinds } from "./taskset-kinds.js";

export const kinds: readonly Kind[] = [...jobKinds, ...commandKinds, ...tasksetKinds, ...clientKinds];

export interface LoadOptions {
  readonly client: LoadContext["client"];
  readonly url: string;
  readonly random: SeededRandom;
  /** 2 makes everything twice as often; default 1. */
  readonly pace?: number;
}

/** Of one kind under way at a time; beyond it the system is too slow for the load, which then waits instead of piling up. */
const underWayMax = 4;
/** Examples are enough to look into. */
const wrongMax = 20;

/** What the load did so far. */
export interface LoadFigures {
  /** Tasks launched. */
  readonly launched: number;
  /** Kinds done as they should be, and how often. */
  readonly done: Readonly<Record<string, number>>;
  /** Beginnings left out because too many of the kind were under way. */
  readonly heldBack: number;
  readonly wrong: number;
}

/** All kinds of load side by side, each at its own bounded rate. */
export class MixedLoad {
  readonly #options: LoadOptions;
  readonly #context: LoadContext;
  readonly #underWay = new Set<Promise<void>>();
  readonly #done: Record<string, number> = {};
  readonly #ended = new AbortController();
  readonly #lanes: Promise<void>[] = [];
  /** What turned out otherwise than it should, the first of it. */
  readonly wrong: string[] = [];
  #wrongCount = 0;
  #launched = 0;
  #heldBack = 0;
  #number = 0;

  constructor(options: LoadOptions) {
    const { client, url, random } = options;
    this.#options = options;
    // Every kind of load waits on it.
    setMaxListeners(kinds.length + 1, this.#ended.signal);
    this.#context = {
      client,
      url,
      random,
      next: () => (this.#number += 1),
      launched: (tasks) => void (this.#launched += tasks),
    };
  }

  get figures(): LoadFigures {
    return { launched: this.#launched, done: { ...this.#done }, heldBack: this.#heldBack, wrong: this.#wrongCount };
  }

  start(): void {
    for (const kind of kinds) this.#lanes.push(this.#lane(kind));
  }

  /** Begins nothing more, and resolves when all that was begun has ended. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#lanes);
    await Promise.all(this.#underWay);
  }

  async #lane(kind: Kind): Promise<void> {
    const { random, pace = 1 } = this.#options;
    const everyMs = kind.everyMs / pace;
    // Not all at once at the beginning, nor in step later.
    let waitMs = random.fraction() * Math.min(everyMs, 5_000);
    let ofKind = 0;
    while (await this.#passes(waitMs)) {
      waitMs = everyMs * (0.8 + 0.4 * random.fraction());
      if (ofKind >= underWayMax) {
        this.#heldBack += 1;
        continue;
      }
      ofKind += 1;
      const run = this.#run(kind).finally(() => {
        ofKind -= 1;
        this.#underWay.delete(run);
      });
      this.#underWay.add(run);
    }
  }

  async #run(kind: Kind): Promise<void> {
    try {
      await kind.run(this.#context);
      this.#done[kind.name] = (this.#done[kind.name] ?? 0) + 1;
    } catch (error) {
      this.#wrongCount += 1;
      const text = `${kind.name}: ${error instanceof Error ? error.message : String(error)}`;
      if (this.wrong.length < wrongMax) this.wrong.push(text);
    }
  }

  async #passes(ms: number): Promise<boolean> {
    const { signal } = this.#ended;
    await pause(ms, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }
}
