import { CapstanError, type Clock } from "@capstan/protocol";
import type { CommitBatch, Store } from "@capstan/store";
import type { SeededRandom } from "@capstan/testkit";

/** Where an engine may crash around a commit: what was applied is lost, or what was committed is not spoken of. */
export type CrashPoint = "before commit" | "after commit";

export interface SimStoreOptions {
  readonly inner: Store;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Told of each batch once it is durable. */
  readonly committed: (batch: CommitBatch) => void;
  /** Ends the engine; nothing of it goes on. */
  readonly crash: () => void;
}

const never = new Promise<never>(() => {});

/** A real store that takes its time, fails, and at which its engine may crash. */
export class SimStore {
  readonly store: Store;
  /** So many commits from now on fail. */
  failures = 0;
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
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) =>
          this.isDead ? never : (value as (...all: unknown[]) => unknown).apply(target, given);
      },
    });
  }

  async #commit(batch: CommitBatch): Promise<void> {
    const { inner, committed } = this.#options;
    await this.#pass();
    this.#crashIf("before commit");
    if (this.isDead) return never;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new CapstanError("store-failed", "the disk is full");
    }
    await inner.commit(batch);
    committed(batch);
    this.#crashIf("after commit");
    if (this.isDead) return never;
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
    return new Promise((resolve) => clock.setTimer(ms, resolve));
  }
}
