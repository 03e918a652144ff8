import {
  finishLoading,
  loadEarly,
  loadPage,
  loadTaskset,
  loadWorker,
  resumeTasksets,
  startLoading,
  startRecovery,
  type Loaded,
} from "@capstan/core";
import { toCapstanError, type CapstanError } from "@capstan/protocol";
import type { Opening, Store } from "@capstan/store";
import { loadEstimates } from "../launch/load-estimates.js";
import type { RowSpecs } from "../launch/row-specs.js";
import type { EngineLoop } from "../loop/engine-loop.js";

export interface LoadParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly rowSpecs: RowSpecs;
  /** Told of reads that failed and are made again. */
  readonly failed: (error: CapstanError) => void;
}

const retryMs = 200;

/**
 * Brings the unfinished work of a store to memory. What runs and the heads of the queues come first, and are enough to
 * serve; the rest follows while the engine works.
 */
export class Loader {
  readonly #parts: LoadParts;
  #after: string | undefined;
  #isStopped = false;

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  /** Resolves when the engine may serve. Says whether there is more to load. */
  async start(opening: Opening): Promise<boolean> {
    const { loop, store } = this.#parts;
    loop.act((state, now) => {
      for (const row of opening.workers) loadWorker(state, row, now);
      for (const row of opening.jobEstimates) {
        state.estimates.set(`${row.namespace}|${row.class}`, new Map([[row.key, row]]));
      }
      if (!opening.wasClean) startRecovery(state, now);
      for (const row of opening.tasksets) loadTaskset(state, row, now);
      startLoading(state);
    });
    // The tasks of streams that broke are gone before any are read.
    await loop.committed();
    const live = this.#withSpecs(await store.loadLive());
    loop.act((state, now) => {
      loadEarly(state, live, now);
      resumeTasksets(state, now);
    });
    return this.#loadPage();
  }

  /** Brings what was learnt of the classes of unfinished tasksets to memory. */
  async loadEstimates({ tasksets }: Opening): Promise<void> {
    const classes = new Map(tasksets.map((row) => [`${row.namespace}|${row.class}`, row]));
    for (const { namespace, class: estimateClass } of classes.values()) {
      if (!this.#isStopped) await loadEstimates(this.#parts, namespace, estimateClass);
    }
  }

  /** Loads what is left. Resolves when all is in memory, or the engine ends. @throws what makes the store unusable. */
  async finish(): Promise<void> {
    while (!this.#isStopped && (await this.#loadNext()));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #loadNext(): Promise<boolean> {
    try {
      return await this.#loadPage();
    } catch (error) {
      const failure = toCapstanError(error);
      if (this.#isStopped) return false;
      if (failure.code !== "store-failed") throw error;
      this.#parts.failed(failure);
      await new Promise<void>((resolve) => this.#parts.loop.clock.setTimer(retryMs, resolve));
      return true;
    }
  }

  async #loadPage(): Promise<boolean> {
    const { loop, store } = this.#parts;
    const { pageTasks } = loop.state.config;
    const rows = await store.loadTasks(this.#after, pageTasks);
    if (this.#isStopped) return false;
    const page = this.#withSpecs(rows);
    const hasMore = rows.length === pageTasks;
    loop.act((state, now) => {
      loadPage(state, page, now);
      if (!hasMore) finishLoading(state);
    });
    this.#after = rows.at(-1)?.id;
    return hasMore;
  }

  #withSpecs(rows: readonly Loaded["row"][]): Loaded[] {
    const { loop, rowSpecs } = this.#parts;
    return rows.map((row) => {
      const taskset = row.taskset === null ? null : (loop.state.tasksets.get(row.taskset) ?? null);
      return { row, spec: rowSpecs.of(row, taskset) };
    });
  }
}
