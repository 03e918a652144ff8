import type { CoreConfig } from "@capstan/core";
import { Engine, makeOperations, type EngineOperations } from "@capstan/engine";
import { defaultNamespace, type Clock } from "@capstan/protocol";
import { openSqliteStore, type BlobStore, type MemoryDisk } from "@capstan/store";
import type { SeededRandom } from "@capstan/testkit";
import type { Evidence } from "../check/evidence.js";
import { Lifetime } from "./lifetime.js";
import type { Host } from "./network.js";
import { SimStore } from "./sim-store.js";

export interface EngineProcessOptions {
  readonly generation: number;
  readonly disk: MemoryDisk;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly config: Partial<CoreConfig>;
  readonly evidence: Evidence;
  readonly crash: (process: EngineProcess) => void;
  readonly failed: (error: Error) => void;
}

/** One process of the engine, from its start to its crash: a real engine on real SQLite. */
export class EngineProcess {
  readonly life: Lifetime;
  readonly store: SimStore;
  /** Another one has its place: its commits are refused, and it ends. */
  isSuperseded = false;
  engine: Engine | undefined;
  operations: EngineOperations | undefined;
  readonly #options: EngineProcessOptions;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    const { disk, clock, random, generation, evidence } = options;
    this.life = new Lifetime(clock);
    const checked = (check: () => void): void => {
      try {
        check();
      } catch (error) {
        options.failed(error as Error);
      }
    };
    this.store = new SimStore({
      inner: openSqliteStore({ memory: disk, random: random.fork("store") }),
      clock: this.life.clock,
      random: random.fork(`disk ${generation}`),
      opened: () => evidence.opened(generation),
      committed: (batch) => checked(() => evidence.committed(batch, generation)),
      crash: () => options.crash(this),
    });
  }

  /** Resolves once it serves, or never when it dies before. Gives what the network shall reach. */
  async start(): Promise<Host | undefined> {
    const { blobs, random, generation, config, failed } = this.#options;
    const engine = await Engine.open({
      store: this.store.store,
      blobs,
      clock: this.life.clock,
      random: random.fork(`engine ${generation}`),
      defer: this.life.defer,
      config,
      events: { failed: (error) => this.#noteFailure(error), broken: (error) => this.#break(error) },
    }).catch((error: unknown) => {
      // A start that the disk failed is a process that ends: somebody starts the next one.
      this.#options.crash(this);
      if ((error as { code?: string }).code !== "store-failed") failed(error as Error);
      return undefined;
    });
    if (engine === undefined || this.life.isOver) return undefined;
    this.engine = engine;
    this.operations = makeOperations(engine, this.store.store);
    return { life: this.life, accept: (connection) => engine.acceptWorker(defaultNamespace, connection) };
  }

  /** Nothing of it goes on. */
  end(): void {
    this.life.end();
    this.store.isDead = true;
    this.engine?.loop.stop();
    this.engine = undefined;
    this.operations = undefined;
  }

  #noteFailure(error: Error & { code?: string }): void {
    if (error.code !== "store-failed" && !this.isSuperseded) this.#options.failed(error);
  }

  /** An engine that is fenced off, or cannot go on for the disk's sake, ends; anything else is a fault of its own. */
  #break(error: Error & { code?: string }): void {
    if (this.life.isOver) return;
    // One that has lost its disk finds it changed, or is fenced off as it writes.
    const isExpected = this.isSuperseded || error.code === "store-failed";
    if (!isExpected) this.#options.failed(error);
    this.#options.crash(this);
  }
}
