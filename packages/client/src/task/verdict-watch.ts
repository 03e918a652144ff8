import { finalTaskStatuses, type TaskView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { patient } from "../connection/retry.js";
import { Watch } from "../event/watch.js";
import { Limiter } from "./limiter.js";
import { notEnded, type WaitOptions } from "./wait.js";

/** Requests for single tasks at once. */
const readsAtOnce = 2;
const types = finalTaskStatuses.map((status) => `task.${status}`);

/** Waits for any number of verdicts over one stream of events; a task is read once at first, and once when it ended. */
export class VerdictWatch {
  readonly #connection: Connection;
  readonly #limiter = new Limiter(readsAtOnce);
  /** Those who wait, by task. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #watch: Watch | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async wait(task: string, { signal, timeoutMs }: WaitOptions): Promise<TaskView> {
    const { watch, news, leave } = this.#join(task);
    const end = this.#endOf(task, { signal, timeoutMs });
    try {
      await Promise.race([watch.opened(), end.reached]);
      for (;;) {
        const view = await this.#read(task, signal);
        if (view !== undefined) return view;
        await Promise.race([news(), end.reached, watch.failed]);
      }
    } finally {
      end.release();
      leave();
    }
  }

  #join(task: string): { watch: Watch; news: () => Promise<void>; leave: () => void } {
    this.#watch ??= new Watch(this.#connection, {
      types,
      onEvent: (event) => this.#tell(event.task),
      onGap: () => this.#tellAll(),
    });
    const state = { hasNews: false, wake: () => {} };
    const tell = (): void => {
      state.hasNews = true;
      state.wake();
    };
    const others = this.#waiting.get(task) ?? new Set();
    this.#waiting.set(task, others.add(tell));
    return {
      watch: this.#watch,
      news: async () => {
        if (!state.hasNews) await new Promise<void>((resolve) => (state.wake = resolve));
        state.hasNews = false;
      },
      leave: () => {
        others.delete(tell);
        if (others.size === 0) this.#waiting.delete(task);
        if (this.#waiting.size === 0) this.#stop();
      },
    };
  }

  async #read(task: string, signal: AbortSignal | undefined): Promise<TaskView | undefined> {
    const retry = patient(this.#connection.settings.retry);
    const { isFinal, task: view } = await this.#limiter.run(() =>
      this.#connection.call("waitTask", { parameters: { task }, query: { waitMs: 0 }, signal, retry }),
    );
    return isFinal ? view : undefined;
  }

  #tell(task: string | undefined): void {
    for (const tell of this.#waiting.get(task ?? "") ?? []) tell();
  }

  #tellAll(): void {
    for (const task of this.#waiting.keys()) this.#tell(task);
  }

  #stop(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** When the one who waits gives up: by signal, or by time. */
  #endOf(task: string, { signal, timeoutMs }: WaitOptions): { reached: Promise<never>; release: () => void } {
    let release = (): void => {};
    const reached = new Promise<never>((_, reject) => {
      const onAbort = (): void => reject(signal?.reason as Error);
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      const timer =
        timeoutMs === undefined
          ? undefined
          : this.#connection.settings.clock.setTimer(timeoutMs, () => reject(notEnded(task, timeoutMs)));
      release = () => {
        timer?.cancel();
        signal?.removeEventListener("abort", onAbort);
      };
    });
    reached.catch(() => {});
    return { reached, release };
  }
}
