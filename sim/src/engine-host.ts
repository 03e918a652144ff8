import { checkState, type CoreConfig } from "@capstan/core";
import { Engine, makeOperations, type EngineOperations } from "@capstan/engine";
import { CapstanError, defaultNamespace, type Clock, type Manifest, type RevisionView } from "@capstan/protocol";
import { openSqliteStore, type CommitBatch, type Store } from "@capstan/store";
import type { SeededRandom } from "@capstan/testkit";
import { Lifetime } from "./lifetime.js";
import { memoryBlobs } from "./memory-blobs.js";
import type { Network } from "./network.js";
import { SimStore, type CrashPoint } from "./sim-store.js";

export interface EngineHostOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly committed: (batch: CommitBatch) => void;
  readonly failed: (error: Error) => void;
}

/** The engine's machine: a real engine on real SQLite, killed and started again on the same database. */
export class EngineHost {
  engine: Engine | undefined;
  operations: EngineOperations | undefined;
  crashes = 0;
  readonly #options: EngineHostOptions;
  readonly #blobs = memoryBlobs();
  /** Every other engine has room for few tasks in memory: most wait in the store alone. */
  readonly #config: Partial<CoreConfig>;
  #life: Lifetime;
  #store: SimStore | undefined;
  #inner: Store | undefined;

  constructor(options: EngineHostOptions) {
    this.#options = options;
    const random = options.random.fork("config");
    this.#config = random.chance(0.5)
      ? { wholeTasksMax: random.int(2, 20), windowTasks: random.int(1, 4), pageTasks: random.int(1, 9) }
      : {};
    this.#life = new Lifetime(options.clock);
  }

  get isUp(): boolean {
    return this.operations !== undefined;
  }

  async start(): Promise<void> {
    const { folder, clock, random, network, committed, failed } = this.#options;
    const life = new Lifetime(clock);
    this.#life = life;
    const inner = openSqliteStore({ folder, thread: false, random: random.fork("store") });
    const crash = (): void => this.crash();
    const store = new SimStore({ inner, clock: life.clock, random, committed, crash });
    this.#inner = inner;
    this.#store = store;
    const engine = await Engine.open({
      store: store.store,
      blobs: this.#blobs,
      clock: life.clock,
      random: random.fork(`engine ${this.crashes}`),
      defer: life.defer,
      config: this.#config,
      events: { failed, broken: (error) => life.isOver || failed(error) },
    });
    if (life.isOver) return;
    this.engine = engine;
    this.operations = makeOperations(engine, store.store);
    network.host = { life, accept: (connection) => engine.acceptWorker(defaultNamespace, connection) };
  }

  /** The process is gone, between two turns or around a commit; its connections end with it. */
  crash(): void {
    if (this.#life.isOver) return;
    const { network, random, failed } = this.#options;
    this.crashes += 1;
    this.#life.end();
    this.#store!.isDead = true;
    this.engine?.loop.stop();
    this.engine = undefined;
    this.operations = undefined;
    network.host = undefined;
    for (const wire of network.wires) {
      if (random.chance(0.2)) wire.lost = "both";
      else wire.cut();
    }
    this.#inner!.close(false).catch(failed);
  }

  /** Crashes at the next commit. */
  crashAt(point: CrashPoint | undefined): void {
    if (this.#store !== undefined) this.#store.crashAt = point;
  }

  failCommits(count: number): void {
    if (this.#store !== undefined) this.#store.failures = count;
  }

  freeze(ms: number): void {
    const life = this.#life;
    life.freeze();
    this.#options.clock.setTimer(ms, () => life.thaw());
  }

  async deploy(manifest: Manifest): Promise<RevisionView> {
    const { operations } = this;
    if (operations === undefined) throw new CapstanError("unreachable", "the engine is away");
    return operations.deployRevision(defaultNamespace, manifest.plugin, { manifest });
  }

  check(): void {
    if (this.engine !== undefined) checkState(this.engine.loop.state);
  }

  async close(): Promise<void> {
    this.#life.end();
    this.engine?.loop.stop();
    if (this.#store !== undefined && !this.#store.isDead) await this.#inner!.close(false);
  }
}
