import { CapstanError, type Runtime } from "@capstan/protocol";
import type { WorkerEmitter } from "./event/worker-event.js";
import type { ExecutorResources } from "./executor/executor.js";
import type { WorkerConfig } from "./option/worker-options.js";
import { EngineHttp } from "./plugin/engine-http.js";
import { RevisionBook } from "./plugin/revision-book.js";
import { RevisionCache, type Revisions } from "./plugin/revision-cache.js";
import { describeInline, RevisionLoader } from "./plugin/revision-loader.js";
import { httpUrl, workerUrl } from "./session/address.js";
import { Link } from "./session/link.js";
import { momentOf } from "./lease/moment.js";
import { Session } from "./session/session.js";
import { ExecutorPool } from "./slot/executor-pool.js";
import { OfferBook } from "./slot/offer-book.js";
import { SetupRunner } from "./slot/setup.js";
import { TrialDesk } from "./slot/trial-desk.js";
import { TrialTable } from "./slot/trial-table.js";
import type { WorkerSpawner } from "./spawner/spawner.js";
import { executorEnv } from "./executor/process/environment.js";
import { ScriptRun } from "./workspace/phase-run.js";
import { WorkspaceBook } from "./workspace/workspace-book.js";
import { WorkspaceFolder } from "./workspace/workspace-folder.js";
import { StatisticsSource } from "./statistics/statistics-source.js";

export interface WorkerHooks {
  readonly events: WorkerEmitter;
  /** A trial has ended or was answered. */
  readonly changed: () => void;
}

/** The parts of a worker, put together. */
export class WorkerParts {
  readonly session: Session;
  readonly offers: OfferBook;
  readonly trials: TrialTable;
  readonly desk: TrialDesk;
  readonly pool: ExecutorPool;
  readonly revisions: RevisionBook;
  readonly workspaces: WorkspaceBook;
  /** Whether there are runtimes whose revisions can be fetched. */
  readonly canFetch: boolean;
  readonly #config: WorkerConfig;
  readonly #hooks: WorkerHooks;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #http: EngineHttp;
  readonly #cache: Revisions;
  readonly #loader: RevisionLoader;
  readonly #setups: SetupRunner;
  readonly #link: Link;
  readonly #spawnerWith: ReturnType<typeof spawnerOf>;

  constructor(config: WorkerConfig, hooks: WorkerHooks) {
    const { seams, limits, runtimes, namespace, token } = config;
    const { clock } = seams;
    this.#config = config;
    this.#hooks = hooks;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.canFetch = runtimes.some((runtime) => runtime !== "inline");
    this.#http = this.#makeHttp();
    const { folder } = config;
    this.#cache = seams.revisions ?? new RevisionCache({ folder, source: this.#http, bytesMax: limits.cacheBytesMax });
    this.#spawnerWith = spawnerOf(config, hooks.events);
    const { executors } = seams;
    const resources = (runtime: Runtime): ExecutorResources => this.#resources(runtime);
    this.#loader = new RevisionLoader({ cache: this.#cache, executors, resources });
    this.#setups = new SetupRunner({ ...limits, nowMs: () => clock.monotonicMs() });
    this.pool = new ExecutorPool({ executorsMax: config.slots, clock, events: hooks.events });
    this.#link = new Link({
      transport: seams.transport,
      urls: config.engines.map((engine) => workerUrl(engine, namespace)),
      headers: this.#headers,
      clock,
      random: seams.random,
      defer: seams.defer,
    });
    this.trials = this.#makeTrials();
    this.revisions = this.#makeRevisions();
    this.workspaces = this.#makeWorkspaces();
    this.offers = this.#makeOffers();
    this.session = this.#makeSession();
    this.desk = this.#makeDesk();
  }

  /** Holds what is part of this process: inline plugins, which are deployed, and the commands' own. */
  async load(): Promise<void> {
    const { plugins, runtimes } = this.#config;
    // It gets ready while the plugins are deployed and the worker joins.
    if (this.canFetch) this.#spawnerWith.get();
    for (const plugin of plugins) {
      const revision = this.#loader.inline(plugin);
      const deployed = await this.#http.deploy(describeInline(plugin));
      if (deployed.id !== revision.loaded.revision) {
        throw new CapstanError(
          "internal",
          `the engine calls ${plugin.name} ${deployed.id}, not ${revision.loaded.revision}`,
        );
      }
      this.revisions.pin(revision);
      await this.pool.start(revision);
    }
    if (!runtimes.includes("command")) return;
    const command = this.#loader.command();
    this.revisions.pin(command);
    await this.pool.start(command);
  }

  /** Whether processes can be started, where the worker needs any. @throws Error when they cannot. */
  async spawnerReady(): Promise<void> {
    await this.#spawnerWith.started?.ready;
  }

  /** Lets the spawner tell the engine, should this process die; an engine in this process would die with it. */
  witness(session: { id: string; secret: string }, url: string): void {
    if (!/^wss?:/.test(url)) return;
    const { id, secret } = session;
    this.#spawnerWith.started?.standing({ url, headers: { ...this.#headers }, session: id, secret });
  }

  async close(): Promise<void> {
    this.session.liveness.close();
    this.revisions.close();
    this.#http.close();
    this.#spawnerWith.started?.standing(undefined);
    await this.pool.close(0);
    await this.#spawnerWith.started?.close();
    await this.#cache.close();
  }

  #makeHttp(): EngineHttp {
    const { engines, namespace, token, seams, limits } = this.#config;
    return new EngineHttp({
      urls: engines.map(httpUrl),
      namespace,
      ...(token === undefined ? {} : { token }),
      fetch: seams.fetch,
      clock: seams.clock,
      random: seams.random,
      retryMs: limits.httpRetryMs,
      tryMs: limits.httpTryMs,
    });
  }

  #makeTrials(): TrialTable {
    const { seams, limits } = this.#config;
    const link = this.#link;
    const channel = {
      get isPressed(): boolean {
        return link.isPressed;
      },
      sendText: (text: string): void => this.session.sendText(text),
      flushSoon: (): void => link.flushSoon(),
    };
    return new TrialTable({
      clock: seams.clock,
      channel,
      logBytesMax: limits.logBytesMax,
      emptied: this.#hooks.changed,
    });
  }

  #makeRevisions(): RevisionBook {
    const { seams, limits, runtimes } = this.#config;
    return new RevisionBook({
      ...limits,
      pool: this.pool,
      setups: this.#setups,
      runtimes: new Set(runtimes),
      clock: seams.clock,
      events: this.#hooks.events,
      send: (message) => this.session.send(message),
      fetch: (revision) => this.#loader.fetch(revision),
      drop: (revision) => this.#loader.drop(revision),
    });
  }

  #makeWorkspaces(): WorkspaceBook {
    const { seams, limits, folder } = this.#config;
    const resources = (): ExecutorResources => this.#resources("command");
    return new WorkspaceBook({
      clock: seams.clock,
      events: this.#hooks.events,
      folder: new WorkspaceFolder({ folder, source: this.#http, cacheBytesMax: limits.workspaceBytesMax }),
      find: (taskset, signal) => this.#http.getWorkspace(taskset, signal),
      run: ({ taskset, phase, ...order }) => {
        const places = { CAPSTAN_WORKSPACE: order.folder, CAPSTAN_TASKSET: taskset, CAPSTAN_PHASE: phase };
        const env = { ...executorEnv(resources()), ...places };
        return new ScriptRun({ ...order, env }, { spawner: this.#spawnerWith.get(), clock: seams.clock });
      },
      vacate: (place) => this.pool.vacate(place),
      send: (message) => this.session.send(message),
      isReady: () => this.session.state === "ready",
      setupMs: limits.setupMs,
      failedMs: limits.failedMs,
    });
  }

  #makeOffers(): OfferBook {
    const { seams, slots } = this.#config;
    return new OfferBook({
      slots,
      seats: { claim: (offer) => this.workspaces.claim(offer) ?? this.revisions.claim(offer) },
      revisions: () => (this.canFetch ? "any" : this.revisions.list()),
      send: (message) => this.session.send(message),
      settleSoon: () => this.#link.flushSoon(),
      now: () => momentOf(seams.clock),
    });
  }

  #makeSession(): Session {
    const { seams, limits, name, labels, slots, runtimes, folder } = this.#config;
    const machine = seams.statistics === undefined ? new StatisticsSource(seams.clock, folder) : undefined;
    const use = (): { slotsBusy: number; executors: number } => ({
      slotsBusy: this.offers.slotsBusy,
      executors: this.pool.count,
    });
    return new Session({
      link: this.#link,
      clock: seams.clock,
      offers: this.offers,
      trials: this.trials,
      events: this.#hooks.events,
      joinMs: limits.joinMs,
      renewed: (sentAt) => this.#spawnerWith.started?.renew(sentAt),
      facts: {
        name,
        labels,
        slots,
        runtimes,
        revisions: () => this.revisions.list(),
        workspaces: () => this.workspaces.list(),
        statistics: () => machine?.read(use()) ?? seams.statistics?.(use()) ?? {},
      },
    });
  }

  #makeDesk(): TrialDesk {
    const { clock } = this.#config.seams;
    return new TrialDesk({
      clock,
      offers: this.offers,
      trials: this.trials,
      workspaces: this.workspaces,
      liveness: () => this.session.liveness,
      witness: () => this.#spawnerWith.started,
      events: this.#hooks.events,
      changed: this.#hooks.changed,
      sendText: (text) => this.session.sendText(text),
      environment: { clock, blobs: this.#http, setups: this.#setups },
    });
  }

  #resources(runtime: Runtime): ExecutorResources {
    const { slots, limits, seams } = this.#config;
    const env = { CAPSTAN_WORKER: this.#config.name };
    const shared = { clock: seams.clock, slots, env, limits: limits.executor };
    // Inline executors have no process, so they never ask for the spawner.
    if (runtime === "inline") return shared;
    return { ...shared, spawner: this.#spawnerWith.get() };
  }
}

/** The worker's spawner, started when it is first asked for. */
function spawnerOf({ seams }: WorkerConfig, events: WorkerEmitter) {
  const spawner = {
    started: undefined as WorkerSpawner | undefined,
    get(): WorkerSpawner {
      return (spawner.started ??= seams.spawn({ died: (exit) => events.emit("spawnerDied", exit) }));
    },
  };
  return spawner;
}
