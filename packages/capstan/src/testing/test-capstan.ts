import { Capstan } from "@capstan/client";
import { CapstanError, type Random } from "@capstan/protocol";
import type { VirtualClock } from "@capstan/testkit";
import type { WorkerOptions } from "@capstan/worker";
import type { InProcess } from "../embedded/in-process.js";
import type { Activity } from "./activity.js";
import { toMs, type Duration } from "./duration.js";
import { Network } from "./network.js";
import { TestWorker } from "./test-worker.js";

/** A worker for a test. */
export type TestWorkerOptions = Pick<
  WorkerOptions,
  "name" | "plugins" | "slots" | "labels" | "runtimes" | "folder" | "onEvent"
>;

export interface TestParts {
  readonly inProcess: InProcess;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly activity: Activity;
  /** What ended the engine, if it ended by itself. */
  readonly failure: () => Error | undefined;
}

/** How much time `until` lets pass at most. */
const untilMs = 3_600_000;

/**
 * A client with an engine and workers in the test's own process, for which time passes only when the test says so.
 * Delays, backoffs, time limits and leases of hours take milliseconds, and every run is the same.
 */
export class TestCapstan extends Capstan {
  /** The time of engine, workers and client. Task code that takes a clock can be given it. */
  readonly clock: VirtualClock;
  readonly #parts: TestParts;
  readonly #workers: TestWorker[] = [];
  #isClosed = false;

  /** Use `openTestCapstan`. */
  constructor(parts: TestParts) {
    const { inProcess, clock, random, activity } = parts;
    super({ url: "http://localhost", fetch: activity.fetch(inProcess.fetch), clock, random });
    this.#parts = parts;
    this.clock = clock;
  }

  /** The worker that was started first. */
  get worker(): TestWorker {
    const [first] = this.#workers;
    if (first !== undefined) return first;
    throw new CapstanError("invalid-config", "this test was opened without a worker: add one with addWorker");
  }

  /** Lets time pass: whatever is due happens, each thing at its own time, with everything that follows from it. */
  async advance(duration: Duration): Promise<void> {
    await this.clock.advance(toMs(duration));
    this.#throwFailure();
  }

  /** Waits until nothing happens any more without time passing. */
  settle(): Promise<void> {
    return this.#parts.activity.settle();
  }

  /** Waits, in the time of the test: for task code. Rejects with the signal's reason when it is aborted. */
  sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.clock.setTimer(toMs(duration), () => {
        signal?.removeEventListener("abort", end);
        resolve();
      });
      if (signal?.aborted === true) end();
      else signal?.addEventListener("abort", end, { once: true });
    });
  }

  /**
   * Lets time pass until the promise is settled, and gives what it resolves with.
   * @throws what the promise rejects with; CapstanError `timed-out` when `within` (default one hour) is over before.
   * @example const output = await t.until(task.result());
   */
  async until<T>(promise: Promise<T>, within: Duration = untilMs): Promise<T> {
    const endMs = this.clock.monotonicMs() + toMs(within);
    const state = { isSettled: false };
    const settle = (): void => void (state.isSettled = true);
    promise.then(settle, settle);
    await this.settle();
    while (!state.isSettled) {
      this.#throwFailure();
      const ms = this.clock.nextTimerMs;
      if (ms === undefined || this.clock.monotonicMs() + ms > endMs) {
        throw new CapstanError("timed-out", `it has not come about within ${within} of the test's time`);
      }
      await this.clock.advance(ms);
    }
    return promise;
  }

  /** Starts a further worker. */
  async addWorker(options: TestWorkerOptions = {}): Promise<TestWorker> {
    const { inProcess, clock, random, activity } = this.#parts;
    const { name = `worker-${this.#workers.length + 1}`, runtimes = ["inline"], plugins = [], slots = 4 } = options;
    const network = new Network(inProcess.transport, activity);
    const starting = inProcess.startWorker({
      ...options,
      name,
      runtimes,
      plugins,
      slots,
      seams: {
        clock,
        random,
        transport: network,
        defer: activity.defer,
        fetch: activity.fetch((url, init) => inProcess.engine.fetch(url, init)),
        statistics: () => ({}),
      },
    });
    const worker = new TestWorker({ name, network, worker: await this.until(starting) });
    this.#workers.push(worker);
    return worker;
  }

  #throwFailure(): void {
    const failure = this.#parts.failure();
    if (failure !== undefined) throw new CapstanError("internal", "the engine has stopped", { cause: failure });
  }

  /** Ends workers and engine at once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#parts.failure() !== undefined) return;
    await this.until(Promise.all(this.#workers.map((worker) => worker.close())));
    await this.until(this.#parts.inProcess.engine.close({ graceMs: 0 }));
  }
}
