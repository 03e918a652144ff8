import { checkNoLeaks, checkPermits, checkState, defaultCoreConfig } from "@capstan/core";
import { Engine, makeOperations, type EngineOperations } from "@capstan/engine";
import {
  defaultNamespace,
  MemoryTransport,
  systemRandom,
  toCapstanError,
  type CapstanError,
  type Connection,
} from "@capstan/protocol";
import { MemoryBlobStore, openSqliteStore, type Store } from "@capstan/store";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { broken } from "../invariant/broken.js";

const url = "memory://engine";
/** Turns without a change after which an engine has come to rest. */
const quietTurns = 3;
const turnsMax = 200;
/** Looks for tasks that came back from the store after those before them were cancelled. */
const passesMax = 60;

/** A real engine on SQLite in memory and a virtual clock. What it throws anywhere is told by `check`. */
export class EngineStage {
  readonly clock = new VirtualClock({ settle: () => this.settle() });
  readonly #transport: MemoryTransport;
  readonly #failures: unknown[] = [];
  #engine!: Engine;
  #store!: Store;
  operations!: EngineOperations;
  #busy = 0;
  #turns = 0;

  private constructor() {
    this.#transport = new MemoryTransport((callback) => queueMicrotask(() => this.#guard(callback)));
  }

  static async open(): Promise<EngineStage> {
    const stage = new EngineStage();
    stage.#store = openSqliteStore({ memory: true, random: systemRandom });
    const failed = (error: CapstanError | Error): void => void stage.#failures.push(error);
    stage.#engine = await Engine.open({
      store: stage.#store,
      blobs: new MemoryBlobStore(),
      clock: stage.clock,
      random: new SeededRandom(1),
      defer: (callback) => stage.#defer(callback),
      // Few tasks fit into memory: the paths to the store and back are taken too.
      config: { wholeTasksMax: 12, windowTasks: 2, pageTasks: 3 },
      events: { failed, broken: failed, commitFailed: failed },
    });
    stage.operations = makeOperations(stage.#engine, stage.#store);
    stage.#transport.listen(url, (connection) => stage.#engine.acceptWorker(defaultNamespace, connection));
    return stage;
  }

  get engine(): Engine {
    return this.#engine;
  }

  connect(): Promise<Connection> {
    return this.#transport.connect(url, {});
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

  /** Resolves when nothing happens any more until time passes. */
  async settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < quietTurns && turns < turnsMax; turns += 1) {
      const before = this.#turns;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      quiet = this.#turns === before && this.#busy === 0 ? quiet + 1 : 0;
    }
  }

  /** @throws what the engine threw anywhere, or what does not hold of its state. */
  check(): void {
    const [failure] = this.#failures;
    this.#failures.length = 0;
    if (failure !== undefined) throw failure instanceof Error ? failure : toCapstanError(failure);
    const { state } = this.#engine.loop;
    checkState(state);
    checkPermits(state);
  }

  /** Ends everything that is unfinished, and looks for what is left of it. */
  async clear(): Promise<void> {
    const { loop } = this.#engine;
    this.#engine.loseWorkers("the sequence has ended");
    await this.settle();
    for (const id of loop.state.tasksets.keys())
      await this.operations.cancelTaskset(defaultNamespace, id).catch(ignore);
    for (const id of loop.state.tasks.keys()) await this.operations.cancelTask(defaultNamespace, id).catch(ignore);
    // Recalled from the store meanwhile, or waiting for a reason to be forgotten.
    for (let pass = 0; pass < passesMax && this.#unfinished > 0; pass += 1) {
      await this.clock.advance(1_000);
      for (const id of loop.state.tasks.keys()) await this.operations.cancelTask(defaultNamespace, id).catch(ignore);
    }
    // A worker that declined rests for so long at most.
    await this.clock.advance(defaultCoreConfig.restMsMax + 1_000);
    const { state } = loop;
    this.check();
    checkNoLeaks(state);
    const left = { workers: state.workers.size, sessions: state.sessions.size, unused: state.unusedRevisions.size };
    if (left.workers + left.sessions + left.unused > 0) broken("something is left in the engine's maps", left);
  }

  /** In memory, and in the store alone. */
  get #unfinished(): number {
    const { waiting, queued, running } = this.#engine.loop.state.counts;
    return waiting + queued + running;
  }

  async close(): Promise<void> {
    this.#engine.loop.stop();
    await this.#store.close(false);
  }
}

function ignore(): void {}
