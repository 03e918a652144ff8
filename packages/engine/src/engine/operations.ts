import type {
  CapstanError,
  BlobRef,
  BulkLaunch,
  BulkLaunched,
  Connection,
  DeployRequest,
  EngineStatus,
  EstimateQuery,
  EstimateView,
  EventView,
  FlakyQuery,
  FlakyView,
  Launched,
  LiftRequest,
  MutedQuery,
  MutedView,
  MuteRequest,
  Pause,
  PhaseView,
  PluginView,
  PruneRequest,
  PruneResult,
  QuarantineRequest,
  Report,
  Rerun,
  RevisionView,
  TaskLaunch,
  TaskQuery,
  TaskResult,
  TasksetHeader,
  TasksetLaunch,
  TasksetLaunched,
  TasksetQuery,
  TasksetResult,
  TasksetTask,
  TasksetView,
  TaskView,
  OfferView,
  TrialView,
  UnmuteRequest,
  WorkerView,
} from "@capstan/protocol";
import type { LogRange, LogSlice, Page } from "@capstan/store";

/** A streamed launch under way: nothing of it runs before `seal`. */
export interface OpenTaskset {
  readonly taskset: string;
  /** Stores some more tasks; resolves when they are durable. @throws CapstanError `invalid-input`, `overloaded` … */
  push(tasks: readonly TasksetTask[]): Promise<void>;
  seal(): Promise<TasksetLaunched>;
  /** The stream broke: all of it vanishes. */
  discard(): Promise<void>;
}

export interface WaitOptions {
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/** Waiting for what is committed after a cursor. */
export interface EventFeed {
  /** Events after the cursor (`undefined`: from now on). @throws CapstanError `cursor-expired`, `invalid-cursor`. */
  read(after: string | undefined, limit: number): { readonly events: readonly EventView[]; readonly cursor: string };
  /** Calls back, at most once a commit, when there is something new; returns how to stop it. */
  subscribe(callback: () => void): () => void;
  readonly cursor: string;
}

/**
 * All that the API asks of an engine. Each promise resolves when its change is durable; what is read is committed.
 * Errors are CapstanErrors with the codes of the registry.
 */
export interface EngineOperations {
  launchTask(namespace: string, launch: TaskLaunch): Promise<Launched>;
  launchTasks(namespace: string, launch: BulkLaunch): Promise<BulkLaunched>;
  launchTaskset(namespace: string, launch: TasksetLaunch): Promise<TasksetLaunched>;
  openTaskset(namespace: string, header: TasksetHeader): Promise<OpenTaskset>;

  getTask(namespace: string, task: string): Promise<TaskView>;
  listTasks(namespace: string, query: TaskQuery): Promise<Page<TaskView>>;
  waitTask(namespace: string, task: string, options: WaitOptions): Promise<TaskResult>;
  cancelTask(namespace: string, task: string): Promise<TaskView>;
  rerunTask(namespace: string, task: string, rerun: Rerun): Promise<TaskView>;
  listTrials(namespace: string, task: string): Promise<readonly TrialView[]>;
  listOffers(namespace: string, task: string): Promise<readonly OfferView[]>;
  getTrial(namespace: string, trial: string): Promise<TrialView>;

  getTaskset(namespace: string, taskset: string): Promise<TasksetView>;
  listTasksets(namespace: string, query: TasksetQuery): Promise<Page<TasksetView>>;
  waitTaskset(namespace: string, taskset: string, options: WaitOptions): Promise<TasksetResult>;
  pauseTaskset(namespace: string, taskset: string, pause: Pause): Promise<TasksetView>;
  resumeTaskset(namespace: string, taskset: string): Promise<TasksetView>;
  cancelTaskset(namespace: string, taskset: string): Promise<TasksetView>;
  rerunTaskset(namespace: string, taskset: string, rerun: Rerun): Promise<TasksetView>;
  listPhases(namespace: string, taskset: string): Promise<readonly PhaseView[]>;
  reportTaskset(namespace: string, taskset: string): Promise<Report>;

  listFlaky(namespace: string, query: FlakyQuery): Promise<Page<FlakyView>>;
  listEstimates(namespace: string, query: EstimateQuery): Promise<Page<EstimateView>>;

  listMuted(namespace: string, query: MutedQuery): Promise<Page<MutedView>>;
  mute(namespace: string, request: MuteRequest): Promise<Page<MutedView>>;
  unmute(namespace: string, request: UnmuteRequest): Promise<Page<MutedView>>;

  readLog(namespace: string, range: Omit<LogRange, "namespace">): Promise<LogSlice>;
  /** Calls back whenever more of the trial's log is committed, and once when the trial has ended. */
  followLog(
    namespace: string,
    trial: string,
    callback: () => void,
  ): { readonly isEnded: () => Promise<boolean>; readonly stop: () => void };

  listPlugins(namespace: string): readonly PluginView[];
  getPlugin(namespace: string, plugin: string): PluginView;
  getRevision(namespace: string, revision: string): RevisionView;
  deployRevision(namespace: string, plugin: string, request: DeployRequest): Promise<RevisionView>;
  switchDefault(namespace: string, plugin: string, revision: string): Promise<PluginView>;
  pruneRevisions(namespace: string, plugin: string, request: PruneRequest): Promise<PruneResult>;
  missingBlobs(namespace: string, digests: readonly string[]): Promise<readonly string[]>;
  putBlob(namespace: string, digest: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number }>;
  openBlob(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>>;
  putPack(namespace: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly blobs: number }>;
  openPack(namespace: string, blobs: readonly BlobRef[]): Promise<AsyncIterable<Uint8Array>>;

  listWorkers(namespace: string): readonly WorkerView[];
  getWorker(namespace: string, idOrName: string): WorkerView;
  drainWorker(namespace: string, idOrName: string, isDraining: boolean): Promise<WorkerView>;
  quarantineWorker(namespace: string, idOrName: string, request: QuarantineRequest): Promise<WorkerView>;
  liftQuarantine(namespace: string, idOrName: string, request: LiftRequest): Promise<WorkerView>;

  /** Takes the engine's end of a worker's connection, already authenticated. */
  acceptWorker(namespace: string, connection: Connection): void;
  events(namespace: string): EventFeed;
  status(namespace: string): EngineStatus;
  /** Whether it takes work; false while it starts and while it shuts down. */
  readonly isReady: boolean;
  /** Why the store takes nothing now, as the last commit said; undefined while it does. */
  readonly storeFailure: CapstanError | undefined;
}

/** What the engine's parts count and measure for Prometheus; read when scraped, so it costs nothing in between. */
export interface EngineMeasures {
  readonly tasks: { readonly waiting: number; readonly queued: number; readonly running: number };
  /** Finished since the start, by status. */
  readonly finished: Readonly<Record<string, number>>;
  /** Trials ended since the start, by status. */
  readonly trials: Readonly<Record<string, number>>;
  readonly workers: Readonly<Record<string, number>>;
  readonly slots: { readonly total: number; readonly busy: number };
  readonly offers: {
    readonly made: number;
    readonly declined: number;
    readonly expired: number;
    readonly halted: number;
  };
  readonly commits: {
    readonly count: number;
    readonly rows: number;
    readonly secondsTotal: number;
    readonly failed: number;
  };
  readonly loop: { readonly eventsApplied: number; readonly secondsTotal: number };
  /** Entries of what is kept in memory, by what they are: bounded by what is unfinished, connected or deployed. */
  readonly held: Readonly<Record<string, number>>;
  /** What the sweep had to mend: running without a live lease. */
  readonly sweepMended: number;
  readonly backlogMs: number;
}
