import { CapstanError, type Clock } from "@capstan/protocol";
import type { CommitBatch, Opening, Store } from "@capstan/store";
import type { SeededRandom } from "@capstan/testkit";

/** Where an engine may crash around a commit: what was applied is lost, or what was committed is not spoken of. */
export type CrashPoint = "before commit" | "after commit";

export interface SimStoreOptions {
  readonly inner: Store;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Told of the epochs that the engine was given. */
  readonly opened: (opening: Opening) => void;
  /** Told of each batch once it is durable. */
  readonly committed: (batch: CommitBatch) => void;
  /** Ends the engine; nothing of it goes on. */
  readonly crash: () => void;
}

/** One of its own for each who waits: a shared one would keep all that ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/** A real store that takes its time, fails, stalls and is full, and at which its engine may crash. */
export class SimStore {
  readonly store: Store;
  /** So many commits from now on fail. */
  failures = 0;
  /** So many reads from now on fail. */
  readFailures = 0;
  /** Until then every commit fails: the disk is full. */
  fullUntilMs = 0;
  /** Until then no commit gets through. */
  stalledUntilMs = 0;
  crashAt: CrashPoint | undefined;
  /** The engine is gone: it is answered nothing more. */
  isDead = false;
  readonly #options: SimStoreOptions;

  constructor(options: SimStoreOptions) {
    this.#options = options;
    const { inner } = options;
    this.store = new Proxy(inner, {
      get: (target, name) => {
        if (name === "commit") return (batch: CommitBatch) => this.#commit(batch);
        if (name === "open") return (nowMs: number) => this.#open(nowMs);
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const call = value as (...all: unknown[]) => unknown;
        return (...given: unknown[]) => this.#read(() => call.apply(target, given));
      },
    });
  }

  /** Without its faults: for checks from outside. */
  get inner(): Store {
    return this.#options.inner;
  }

  /** Whole again. */
  heal(): void {
    this.failures = 0;
    this.readFailures = 0;
    this.fullUntilMs = 0;
    this.stalledUntilMs = 0;
    this.crashAt = undefined;
  }

  async #open(nowMs: number): Promise<Opening> {
    const opening = await this.#options.inner.open(nowMs);
    this.#options.opened(opening);
    return opening;
  }

  #read(read: () => unknown): unknown {
    if (this.isDead) return never();
    if (this.readFailures === 0) return read();
    this.readFailures -= 1;
    return Promise.reject(new CapstanError("store-failed", "the disk cannot be read"));
  }

  async #commit(batch: CommitBatch): Promise<void> {
    const { inner, committed, clock } = this.#options;
    await this.#pass();
    this.#crashIf("before commit");
    if (this.isDead) return never();
    const isFull = clock.monotonicMs() < this.fullUntilMs;
    if (isFull || this.failures > 0) {
      if (!isFull) this.failures -= 1;
      throw new CapstanError("store-failed", isFull ? "the disk is full" : "the disk failed");
    }
    await inner.commit(batch);
    committed(batch);
    this.#crashIf("after commit");
    if (this.isDead) return never();
    await this.#pass();
  }

  #crashIf(point: CrashPoint): void {
    if (this.crashAt !== point || this.isDead) return;
    this.crashAt = undefined;
    this.#options.crash();
  }

  /** A commit takes a while, and sometimes a long one. */
  #pass(): Promise<void> {
    const { random, clock } = this.#options;
    const ms = random.chance(0.01) ? random.int(10, 400) : random.int(1, 20) / 10;
    const leftMs = this.stalledUntilMs - clock.monotonicMs();
    return new Promise((resolve) => clock.setTimer(Math.max(ms, leftMs), resolve));
  }
}
