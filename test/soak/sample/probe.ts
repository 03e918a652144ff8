import type { Capstan } from "@capstan/client";
import { quantile } from "../judge/statistic.js";
import type { ProbeFigures } from "./sample.js";

const everyMs = 500;

/** Launches a task that does nothing again and again, and measures how soon its verdict is there. */
export class Probe {
  readonly #client: Capstan;
  #tookMs: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(client: Capstan) {
    this.#client = client;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#last = this.#last.then(() => this.#measure());
    }, everyMs);
  }

  /** Stops, and resolves when nothing of it is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
  }

  /** What was measured since this was asked last. */
  take(): ProbeFigures {
    const tookMs = this.#tookMs;
    this.#tookMs = [];
    const round = (ms: number): number => (tookMs.length === 0 ? 0 : Math.round(ms * 100) / 100);
    return { count: tookMs.length, medianMs: round(quantile(tookMs, 0.5)), mostMs: round(Math.max(...tookMs)) };
  }

  async #measure(): Promise<void> {
    const startMs = performance.now();
    try {
      const task = await this.#client.launch("backlog/noop", null, { policy: { priority: 9 } });
      await task.outcome({ timeoutMs: 30_000 });
      this.#tookMs.push(performance.now() - startMs);
    } catch {
      // An answer that never came is the longest latency there is.
      this.#tookMs.push(30_000);
    }
  }
}
