import { definePlugin, defineTask, describePlugin } from "@capstan/plugin";
import { CapstanError, MemoryTransport, toCapstanError, type Clock, type RevisionView } from "@capstan/protocol";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { revisionOf, startWorker, workerUrl, type FetchAnswer, type Worker } from "@capstan/worker";
import { broken } from "../invariant/broken.js";
import { LyingEngine } from "./lying-engine.js";

const engineUrl = "http://engine";
export const slots = 3;
const quietTurns = 3;
const turnsMax = 100;

/** A real worker with inline tasks on a virtual clock, whose engine is made to say anything. */
export class WorkerStage {
  readonly clock = new VirtualClock({ settle: () => this.settle() });
  readonly engine = new LyingEngine(slots);
  readonly #transport = new MemoryTransport((callback) => queueMicrotask(() => this.#guard(callback)));
  readonly #failures: unknown[] = [];
  /** Whether connections are taken at all. */
  isReachable = true;
  #worker: Worker | undefined;
  #started: Promise<unknown> = Promise.resolve();
  #busy = 0;
  #turns = 0;

  start(): void {
    this.#transport.listen(workerUrl(engineUrl, "default"), (connection) => {
      if (!this.isReachable) throw new CapstanError("unreachable", "the engine is away");
      this.engine.attach(connection);
    });
    const { clock } = this;
    this.#started = startWorker({
      engine: engineUrl,
      name: "one",
      slots,
      runtimes: ["inline"],
      plugins: [pluginOn(clock)],
      folder: "nowhere",
      seams: {
        clock,
        random: new SeededRandom(1),
        transport: this.#transport,
        fetch: async () => answer,
        defer: (callback) => this.#defer(callback),
        statistics: () => ({}),
      },
    }).then(
      (worker) => (this.#worker = worker),
      // Refused by its engine for good, before it had joined: that is told, and is the end of it.
      (error: unknown) => error instanceof CapstanError || this.#failures.push(error),
    );
  }

  #defer(callback: () => void): void {
    this.#busy += 1;
    setImmediate(() => {
      this.#busy -= 1;
      this.#turns += 1;
      this.#guard(callback);
    });
  }

  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#failures.push(error);
    }
  }

  async settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < quietTurns && turns < turnsMax; turns += 1) {
      const before = this.#turns;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      quiet = this.#turns === before && this.#busy === 0 ? quiet + 1 : 0;
    }
  }

  /** @throws what the worker threw anywhere, or what does not hold of it. */
  check(): void {
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure instanceof Error ? failure : toCapstanError(failure);
    if (this.#worker === undefined) return;
    const { trialsRunning, slotsBusy, credits, executors } = this.#worker.status();
    if (slotsBusy > slots || trialsRunning > slots) broken("more runs than there are slots", slotsBusy, trialsRunning);
    if (credits < 0 || credits > slots) broken("credits that no worker has", credits);
    if (executors > slots + 1) broken("more executors than slots", executors);
  }

  /** Ends the worker, and looks for what is left of it. */
  async close(): Promise<void> {
    this.engine.cut();
    this.isReachable = false;
    await this.settle();
    if (this.#worker === undefined) {
      // It never joined. Whoever started it waits on; a welcome ends the wait.
      this.isReachable = true;
      await this.#join();
    }
    const worker = this.#worker;
    if (worker === undefined) return this.check();
    this.engine.cut();
    const closed = worker.close({ graceMs: 0, stopGraceMs: 0 });
    await this.clock.advanceUntil(closed, 1_000);
    await this.settle();
    this.check();
    const { state, trialsRunning, executors, slotsBusy } = worker.status();
    if (state !== "closed" || trialsRunning + executors + slotsBusy > 0)
      broken("a closed worker is not at rest", worker.status());
    // Code that ignores its signal has timers of its own; those of the worker would be set again.
    await this.clock.advance(60_000);
    if (this.clock.timerCount > 0) broken("a closed worker has timers", this.clock.timerCount);
  }

  async #join(): Promise<void> {
    const state = { isOver: false };
    void this.#started.then(() => (state.isOver = true));
    for (let time = 0; time < 100 && !state.isOver; time += 1) {
      await this.clock.advance(1_000);
      if (!this.engine.isWelcome) this.engine.say(welcome);
      await this.settle();
    }
    if (!state.isOver) broken("a worker does not join although it is welcome");
  }
}

export const welcome = {
  type: "welcome",
  protocol: 1,
  worker: `wrk_${"1".repeat(22)}`,
  session: { id: `ses_${"1".repeat(22)}`, secret: "secret" },
  isResumed: false,
  heartbeatMs: 2_000,
  leaseMs: 10_000,
  engines: [],
  fates: [],
} as const;

function pluginOn(clock: Clock) {
  return definePlugin({
    name: "demo",
    version: "1",
    tasks: [
      defineTask({ name: "quick", run: (input: unknown) => input ?? null }),
      defineTask({
        name: "fail",
        run: () => {
          throw new Error("it failed");
        },
      }),
      defineTask({
        name: "hang",
        run: (_: unknown, { signal, progress }) => {
          progress(0.5, "half");
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
          });
        },
      }),
      defineTask({
        name: "slow",
        run: () =>
          new Promise((resolve) => {
            clock.setTimer(700, () => resolve("done"));
          }),
      }),
    ],
  });
}

const manifest = describePlugin(pluginOn(new VirtualClock()), { runtime: "inline", files: [] });
export const demoRevision = revisionOf(manifest);
const view: RevisionView = {
  id: demoRevision,
  namespace: "default",
  plugin: "demo",
  version: "1",
  digest: `sha256:${"0".repeat(64)}`,
  runtime: "inline",
  isDefault: true,
  deployedAtMs: 1,
  tasksUnfinished: 0,
};
const answer: FetchAnswer = {
  ok: true,
  status: 201,
  text: async () => JSON.stringify(view),
  arrayBuffer: async () => new ArrayBuffer(),
};
