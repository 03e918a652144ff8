import {
  loseWorker,
  makeEngineState,
  takeInputs,
  type CoreConfig,
  type Effect,
  type Task,
  type Trial,
} from "@capstan/core";
import {
  toCapstanError,
  type CapstanError,
  type Clock,
  type Connection,
  type EngineStatus,
  type Random,
} from "@capstan/protocol";
import type { BlobStore, Opening, Store } from "@capstan/store";
import { BlobDesk } from "../blob/blob-desk.js";
import { CommandDesk } from "../command/command-desk.js";
import { EventHub } from "../event/event-hub.js";
import { IdSource } from "../id/id-source.js";
import { KeyLedger } from "../launch/key-ledger.js";
import { LaunchDesk } from "../launch/launch-desk.js";
import { SeedMaker } from "../launch/seed-maker.js";
import { SpecBook } from "../launch/spec-book.js";
import { LogDesk } from "../log/log-desk.js";
import type { Batch } from "../loop/batch.js";
import { EngineLoop, type Defer } from "../loop/engine-loop.js";
import { PluginDesk } from "../plugin/plugin-desk.js";
import { ReadDesk } from "../read/read-desk.js";
import { Registry } from "../registry/registry.js";
import { judgeLateReport } from "../session/late-report.js";
import { TokenSigner } from "../session/token-signer.js";
import { WorkerConnection } from "../session/worker-connection.js";
import { WorkerHub } from "../session/worker-hub.js";
import { RowSpecs } from "../launch/row-specs.js";
import { Loader } from "../window/loader.js";
import { TaskWindow } from "../window/task-window.js";
import { Waiters } from "../wait/waiters.js";
import { WorkerDesk } from "../worker/worker-desk.js";
import { WorkspaceDesk } from "../workspace/workspace-desk.js";
import { measure } from "./measure.js";
import type { EngineMeasures } from "./operations.js";
import { engineStatus } from "./status.js";

/** What happens to an engine that its owner should know of. */
export interface EngineEvents {
  /** A commit failed and is tried again until it succeeds. */
  readonly commitFailed?: (error: CapstanError) => void;
  /** The store belongs to another engine, or refused what memory says: this one does nothing more. */
  readonly broken?: (error: Error) => void;
  /** Something failed that nobody waits for. */
  readonly failed?: (error: CapstanError) => void;
}

export interface EngineParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: Defer;
  readonly config?: Partial<CoreConfig>;
  readonly backlogMax?: number;
  readonly events?: EngineEvents;
}

/** An engine's rooms, put together on an opened store: what the API, an embedded worker and the simulator all use. */
export class Engine {
  readonly startedAtMs: number;
  readonly loop: EngineLoop;
  readonly registry: Registry;
  readonly launches: LaunchDesk;
  readonly commands: CommandDesk;
  readonly reads: ReadDesk;
  readonly plugins: PluginDesk;
  readonly blobs: BlobDesk;
  readonly workspaces: WorkspaceDesk;
  readonly workers: WorkerDesk;
  readonly logs: LogDesk;
  readonly feed: EventHub;
  isReady = false;
  readonly #parts: EngineParts;
  readonly #hub: WorkerHub;
  readonly #signer: TokenSigner;
  readonly #ids: IdSource;
  readonly #verdicts = new Waiters();
  readonly #specs = new SpecBook();
  readonly #window: TaskWindow;
  readonly #loader: Loader;
  readonly #opening: Opening;
  /** Called when no trial lives any more; set while the engine closes. */
  #whenIdle: (() => void) | undefined;

  /** Use {@link Engine.open}. */
  private constructor(parts: EngineParts, opening: Opening) {
    const { store, clock, blobs } = parts;
    this.#parts = parts;
    this.#opening = opening;
    this.startedAtMs = clock.wallMs();
    this.#signer = new TokenSigner(opening.macKey);
    this.#hub = new WorkerHub(this.#signer);
    this.#ids = new IdSource(clock, opening.epochs);
    this.feed = new EventHub({ epoch: Math.max(...opening.epochs) });
    this.registry = new Registry(opening);
    this.logs = new LogDesk(() => this.loop, this.#hub);
    this.loop = this.#makeLoop(opening);
    const wallMs = (): number => clock.wallMs();
    const { loop, registry } = this;
    const seeds = new SeedMaker({ registry, specs: this.#specs, ids: this.#ids, blobs, wallMs });
    const keys = new KeyLedger(store, wallMs);
    const rowSpecs = new RowSpecs(registry, this.#specs);
    const failed = (error: CapstanError): void => parts.events?.failed?.(error);
    this.#window = new TaskWindow({ loop, store, rowSpecs, failed, broken: (error) => this.#break(error) });
    this.#loader = new Loader({ loop, store, rowSpecs, failed });
    const window = this.#window;
    this.blobs = new BlobDesk(blobs);
    this.workspaces = new WorkspaceDesk({ loop, blobs });
    const { workspaces } = this;
    this.launches = new LaunchDesk({ loop, store, seeds, keys, workspaces, ids: this.#ids }, parts.backlogMax);
    this.commands = new CommandDesk({ loop, store, registry, rowSpecs, window, workspaces });
    this.reads = new ReadDesk({ loop, store, window, verdicts: this.#verdicts });
    this.plugins = new PluginDesk({ loop, registry, blobs: this.blobs });
    this.workers = new WorkerDesk(loop);
  }

  /** Takes the store, loads what is unfinished, and is ready. @throws CapstanError `store-locked`, `store-newer`, `store-failed`. */
  static async open(parts: EngineParts): Promise<Engine> {
    const opening = await parts.store.open(parts.clock.wallMs());
    const engine = new Engine(parts, opening);
    await engine.#load();
    return engine;
  }

  async #load(): Promise<void> {
    const hasMore = await this.#loader.start(this.#opening);
    await this.loop.committed();
    this.isReady = true;
    this.#watch(this.#loader.loadEstimates(this.#opening));
    if (hasMore) this.#loader.finish().catch((error: unknown) => this.#break(toCapstanError(error)));
  }

  /** Memory and store disagree, or the store belongs to another engine. */
  #break(error: Error): void {
    this.isReady = false;
    this.#loader.stop();
    this.loop.stop();
    this.#parts.events?.broken?.(error);
  }

  #makeLoop({ epochs }: Opening): EngineLoop {
    const { store, clock, defer, config, events } = this.#parts;
    return new EngineLoop({
      state: makeEngineState(epochs, config),
      store,
      clock,
      defer,
      perform: (effects) => this.#perform(effects),
      flush: () => this.#hub.flush(),
      committed: (batch) => this.#committed(batch),
      broken: (error) => this.#break(error),
      commitFailed: (error) => events?.commitFailed?.(error),
    });
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "send":
          this.#hub.send(effect.worker, effect);
          break;
        case "grant":
          this.#hub.send(effect.worker, this.#isWanted(effect.trial) ? effect : voided(effect));
          break;
        case "recall":
          this.#window.recall(effect);
          break;
        case "loadInputs":
          this.#watch(this.#loadInputs(effect.tasks));
          break;
        case "judgeLateReport":
          this.#watch(this.#answerLateReport(effect));
          break;
        case "disconnect":
          this.#hub.disconnect(effect.worker, effect.reason);
          break;
      }
    }
  }

  /** The commit of a grant may have taken so long that its trial was given up meanwhile, and its task is somebody else's. */
  #isWanted(trial: Trial): boolean {
    return this.loop.state.trials.get(trial.id) === trial;
  }

  /** Nobody waits for it; what goes wrong is told to the owner. */
  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.events?.failed?.(toCapstanError(error)));
  }

  async #loadInputs(tasks: readonly Task[]): Promise<void> {
    const keys = tasks.map((task) => ({ namespace: task.taskClass.spec.namespace, id: task.id }));
    const inputs = await this.#parts.store.readInputs(keys);
    this.loop.act((state, now) => {
      const loaded = tasks.map((task, at) => ({ task, inputJson: inputs[at] ?? null }));
      takeInputs(state, loaded, now);
    });
  }

  async #answerLateReport(late: Extract<Effect, { type: "judgeLateReport" }>): Promise<void> {
    const { worker } = late;
    const trial = late.report.trial;
    const answer = await judgeLateReport(this.loop, this.#parts.store, late);
    const message =
      answer === "accepted"
        ? ({ type: "accepted", trial } as const)
        : ({ type: "refused", trial, reason: answer } as const);
    this.#hub.send(worker, { type: "send", worker, message });
    this.#hub.flush();
  }

  #committed(batch: Batch): void {
    const { changes } = batch;
    this.feed.append(changes.number, changes.events);
    this.logs.committed(batch);
    if (this.loop.state.trials.size === 0) this.#whenIdle?.();
    if (this.#verdicts.isEmpty) return;
    for (const row of changes.finishedTasks) this.#verdicts.tell(row.id);
    for (const row of changes.tasksets) if (row.endedAtMs !== null) this.#verdicts.tell(row.id);
  }

  acceptWorker(namespace: string, connection: Connection): void {
    const { loop, registry, logs } = this;
    const parts = {
      loop,
      registry,
      logs,
      window: this.#window,
      hub: this.#hub,
      signer: this.#signer,
      ids: this.#ids,
      random: this.#parts.random,
    };
    void new WorkerConnection(parts, namespace, connection);
  }

  /** Ends every worker's session and calls what they ran lost: for an owner that knows that none of them can come back. */
  loseWorkers(cause: string): void {
    this.loop.act((state, now) => {
      for (const worker of state.workers.values()) loseWorker(state, worker, cause, now);
    });
  }

  status(namespace: string): EngineStatus {
    const { startedAtMs, isReady } = this;
    return engineStatus(this.loop, { namespace, store: this.#parts.store.kind, startedAtMs, isDraining: !isReady });
  }

  measures(): EngineMeasures {
    const { feed, logs } = this;
    const followers = logs.followers;
    return measure(this.loop, { specs: this.#specs.size, events: feed.size, waiters: this.#verdicts.size, followers });
  }

  /** Takes and offers nothing more, and waits until nothing runs or the time is over. */
  async drain({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.isReady = false;
    this.loop.stopOffering();
    await this.#untilIdle(graceMs);
  }

  /** Commits what is left, with every trial that still runs, and gives the store back. */
  async close(): Promise<void> {
    this.isReady = false;
    this.loop.act((state) => {
      for (const trial of state.trials.values()) state.out.touch(trial.task);
    });
    this.#loader.stop();
    await this.loop.committed();
    this.loop.stop();
    await this.#parts.store.close(true);
  }

  #untilIdle(graceMs: number): Promise<void> {
    if (this.loop.state.trials.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#parts.clock.setTimer(graceMs, resolve);
      this.#whenIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** A worker that has accepted an offer keeps a slot for it until it hears of it. */
function voided({ worker, offer }: Extract<Effect, { type: "grant" }>): Extract<Effect, { type: "send" }> {
  return { type: "send", worker, message: { type: "halt", offer, reason: "revoked" } };
}
