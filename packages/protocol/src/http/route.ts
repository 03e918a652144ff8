import Type from "typebox";
import { Manifest } from "../manifest/manifest.js";
import * as launch from "../schema/launch.js";
import { Closed, Count, Digest, Instant, Milliseconds, Word } from "../schema/scalar.js";
import * as view from "../schema/view.js";
import { taskStatuses, tasksetStatuses } from "../status/status.js";
import { limits } from "../limit.js";

/** One call of the HTTP API: the engine's routes, the SDK's calls and the OpenAPI document are made from this table. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/v1/namespaces/{namespace}` unless it starts with `!`, which stands for the root of the server. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Type.TObject;
  readonly body?: Type.TSchema;
  /** Content types other than JSON that the body may have. */
  readonly bodyTypes?: readonly string[];
  /** The status of success and its body; `text/…` or octet bodies are given by type. */
  readonly status: number;
  readonly answer?: Type.TSchema;
  readonly answerType?: string;
  /** Whether a client that holds the answer already, by its tag, is told 304 in its place. */
  readonly isTagged?: boolean;
}

const Optional = Type.Optional;
const Cursor = Optional(Type.String({ maxLength: 200 }));
const Limit = Optional(Type.Integer({ minimum: 1, maximum: limits.pageItemsMax, default: limits.pageItems }));

function Page<S extends Type.TSchema>(item: S) {
  return Closed({ items: Type.Array(item), nextCursor: Optional(Type.String()) });
}

export const TaskQuery = Closed({
  status: Optional(Word(taskStatuses)),
  taskset: Optional(Type.String()),
  definition: Optional(Type.String()),
  plugin: Optional(Type.String()),
  key: Optional(Type.String()),
  cursor: Cursor,
  limit: Limit,
});
export type TaskQuery = Type.Static<typeof TaskQuery>;
export const TasksetQuery = Closed({
  status: Optional(Word(tasksetStatuses)),
  name: Optional(Type.String()),
  isActive: Optional(Type.Boolean()),
  cursor: Cursor,
  limit: Limit,
});
export type TasksetQuery = Type.Static<typeof TasksetQuery>;
export const WaitQuery = Closed({
  waitMs: Optional(Type.Integer({ minimum: 0, maximum: limits.waitMsMax, default: 0 })),
});
export const LogQuery = Closed({
  offset: Optional(Type.Integer({ minimum: 0, default: 0 })),
  limit: Optional(Type.Integer({ minimum: 1, maximum: 16 * 1024 * 1024 })),
  follow: Optional(Type.Boolean({ default: false })),
});
export const EventQuery = Closed({
  after: Optional(Type.String({ maxLength: 100 })),
  taskset: Optional(Type.String()),
  task: Optional(Type.String()),
  types: Optional(Type.String({ description: "Comma-separated prefixes, for example task.,worker.lost" })),
});
export const ReportQuery = Closed({ format: Optional(Word(["json", "junit"] as const)) });
export const QuarantineRequest = Closed({
  scope: Word(["taskset", "plugin"] as const),
  name: Type.String({ maxLength: 200 }),
  reason: Optional(Type.String({ maxLength: 1_000 })),
  forMs: Optional(Milliseconds),
});
export type QuarantineRequest = Type.Static<typeof QuarantineRequest>;
export const LiftRequest = Closed({
  scope: Word(["taskset", "plugin"] as const),
  name: Type.String({ maxLength: 200 }),
});
export type LiftRequest = Type.Static<typeof LiftRequest>;
export const DeployRequest = Closed({
  manifest: Manifest,
  isDefault: Optional(Type.Boolean({ description: "Switch the plugin's default to it; default true" })),
});
export type DeployRequest = Type.Static<typeof DeployRequest>;
export const SwitchRequest = Closed({
  revision: Type.String({ maxLength: 100, description: "revision id or version" }),
});
export const PruneRequest = Closed({
  keep: Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: limits.revisionsKept,
      description: "Newest revisions that stay, beside the default and those with unfinished tasks",
    }),
  ),
  isDryRun: Optional(Type.Boolean({ default: false, description: "Only say what would go" })),
});
export type PruneRequest = Type.Static<typeof PruneRequest>;
export const MissingBlobs = Closed({ digests: Type.Array(Digest, { maxItems: limits.bundleFilesMax }) });

/** What a task's waiter is told: the task when it is final, else only its status now. */
export const TaskResult = Closed({ isFinal: Type.Boolean(), task: view.TaskView });
export type TaskResult = Type.Static<typeof TaskResult>;
export const TasksetResult = Closed({ isFinal: Type.Boolean(), taskset: view.TasksetView });
export type TasksetResult = Type.Static<typeof TasksetResult>;

const ndjson = ["application/x-ndjson"];
const bytes = ["application/octet-stream"];
const Empty = Closed({});

export const routes = {
  launchTask: {
    method: "POST",
    path: "/tasks",
    summary: "Launch one task",
    body: launch.TaskLaunch,
    status: 201,
    answer: launch.Launched,
  },
  launchTasks: {
    method: "POST",
    path: "/tasks/bulk",
    summary: "Launch many lone tasks, all or none",
    body: launch.BulkLaunch,
    status: 201,
    answer: launch.BulkLaunched,
  },
  listTasks: {
    method: "GET",
    path: "/tasks",
    summary: "List tasks, newest first",
    query: TaskQuery,
    status: 200,
    answer: Page(view.TaskView),
  },
  getTask: {
    method: "GET",
    path: "/tasks/:task",
    summary: "A task, with its input, output and last trial",
    status: 200,
    answer: view.TaskView,
  },
  waitTask: {
    method: "GET",
    path: "/tasks/:task/result",
    summary: "Wait for a task's verdict",
    query: WaitQuery,
    status: 200,
    answer: TaskResult,
  },
  cancelTask: {
    method: "POST",
    path: "/tasks/:task/cancel",
    summary: "Cancel a task",
    body: Empty,
    status: 202,
    answer: view.TaskView,
  },
  rerunTask: {
    method: "POST",
    path: "/tasks/:task/rerun",
    summary: "Open a new round of a task",
    body: launch.Rerun,
    status: 202,
    answer: view.TaskView,
  },
  listTrials: {
    method: "GET",
    path: "/tasks/:task/trials",
    summary: "All trials of a task, oldest first",
    status: 200,
    answer: Page(view.TrialView),
  },
  listOffers: {
    method: "GET",
    path: "/tasks/:task/offers",
    summary: "The last offers of a task that came to nothing, oldest first",
    status: 200,
    answer: Page(view.OfferView),
  },

  launchTaskset: {
    method: "POST",
    path: "/tasksets",
    summary: "Launch a taskset: JSON, or NDJSON of a header line and a line a task",
    body: launch.TasksetLaunch,
    bodyTypes: ndjson,
    status: 201,
    answer: launch.TasksetLaunched,
  },
  listTasksets: {
    method: "GET",
    path: "/tasksets",
    summary: "List tasksets, newest first",
    query: TasksetQuery,
    status: 200,
    answer: Page(view.TasksetView),
  },
  getTaskset: {
    method: "GET",
    path: "/tasksets/:taskset",
    summary: "A taskset, with counts and ETA",
    status: 200,
    answer: view.TasksetView,
  },
  waitTaskset: {
    method: "GET",
    path: "/tasksets/:taskset/result",
    summary: "Wait for a taskset's end",
    query: WaitQuery,
    status: 200,
    answer: TasksetResult,
  },
  pauseTaskset: {
    method: "POST",
    path: "/tasksets/:taskset/pause",
    summary: "Grant nothing more of it",
    body: launch.Pause,
    status: 202,
    answer: view.TasksetView,
  },
  resumeTaskset: {
    method: "POST",
    path: "/tasksets/:taskset/resume",
    summary: "Go on with a paused taskset",
    body: Empty,
    status: 202,
    answer: view.TasksetView,
  },
  cancelTaskset: {
    method: "POST",
    path: "/tasksets/:taskset/cancel",
    summary: "Cancel what is unfinished of it",
    body: Empty,
    status: 202,
    answer: view.TasksetView,
  },
  rerunTaskset: {
    method: "POST",
    path: "/tasksets/:taskset/rerun",
    summary: "Open a new round of what did not succeed, or of all",
    body: launch.Rerun,
    status: 202,
    answer: view.TasksetView,
  },
  reportTaskset: {
    method: "GET",
    path: "/tasksets/:taskset/report",
    summary: "Its report as JSON or JUnit XML",
    query: ReportQuery,
    status: 200,
    answer: view.Report,
    answerType: "application/xml; charset=utf-8",
  },

  getTrial: { method: "GET", path: "/trials/:trial", summary: "A trial", status: 200, answer: view.TrialView },
  readStdout: {
    method: "GET",
    path: "/trials/:trial/stdout",
    summary: "Its stdout: whole, a range, or followed live",
    query: LogQuery,
    status: 200,
    answerType: "text/plain; charset=utf-8",
  },
  readStderr: {
    method: "GET",
    path: "/trials/:trial/stderr",
    summary: "Its stderr: whole, a range, or followed live",
    query: LogQuery,
    status: 200,
    answerType: "text/plain; charset=utf-8",
  },

  listPlugins: {
    method: "GET",
    path: "/plugins",
    summary: "All plugins with their definitions and revisions",
    status: 200,
    answer: Page(view.PluginView),
  },
  getPlugin: { method: "GET", path: "/plugins/:plugin", summary: "A plugin", status: 200, answer: view.PluginView },
  deployRevision: {
    method: "POST",
    path: "/plugins/:plugin/revisions",
    summary: "Deploy a revision whose blobs are uploaded",
    body: DeployRequest,
    status: 201,
    answer: view.RevisionView,
  },
  switchDefault: {
    method: "PUT",
    path: "/plugins/:plugin/default",
    summary: "Switch the default revision",
    body: SwitchRequest,
    status: 200,
    answer: view.PluginView,
  },
  pruneRevisions: {
    method: "POST",
    path: "/plugins/:plugin/prune",
    summary: "Prune old revisions that no unfinished task needs",
    body: PruneRequest,
    status: 200,
    answer: view.PruneResult,
  },
  getRevision: {
    method: "GET",
    path: "/revisions/:revision",
    summary: "A revision with its manifest",
    status: 200,
    answer: view.RevisionView,
  },
  missingBlobs: {
    method: "POST",
    path: "/blobs/missing",
    summary: "Which of these blobs are not stored yet",
    body: MissingBlobs,
    status: 200,
    answer: MissingBlobs,
  },
  putBlob: {
    method: "PUT",
    path: "/blobs/:digest",
    summary: "Store a blob under its digest",
    bodyTypes: bytes,
    status: 201,
    answer: Closed({ digest: Digest, bytes: Count }),
  },
  getBlob: {
    method: "GET",
    path: "/blobs/:digest",
    summary: "The bytes of a blob",
    status: 200,
    answerType: "application/octet-stream",
    isTagged: true,
  },

  listWorkers: {
    method: "GET",
    path: "/workers",
    summary: "All workers that are known",
    status: 200,
    answer: Page(view.WorkerView),
  },
  getWorker: {
    method: "GET",
    path: "/workers/:worker",
    summary: "A worker, by id or name",
    status: 200,
    answer: view.WorkerView,
  },
  drainWorker: {
    method: "POST",
    path: "/workers/:worker/drain",
    summary: "Offer it nothing more",
    body: Closed({ isDraining: Optional(Type.Boolean({ default: true })) }),
    status: 202,
    answer: view.WorkerView,
  },
  quarantineWorker: {
    method: "POST",
    path: "/workers/:worker/quarantine",
    summary: "Keep a taskset or plugin away from it",
    body: QuarantineRequest,
    status: 202,
    answer: view.WorkerView,
  },
  liftQuarantine: {
    method: "POST",
    path: "/workers/:worker/lift",
    summary: "Lift a quarantine",
    body: LiftRequest,
    status: 202,
    answer: view.WorkerView,
  },

  followEvents: {
    method: "GET",
    path: "/events",
    summary: "Server-sent events of every change, resumed by Last-Event-ID",
    query: EventQuery,
    status: 200,
    answerType: "text/event-stream",
  },
  engineStatus: {
    method: "GET",
    path: "/status",
    summary: "The engine at a glance",
    status: 200,
    answer: view.EngineStatus,
  },
  health: {
    method: "GET",
    path: "!/health",
    summary: "Whether the process lives",
    status: 200,
    answer: Closed({ status: Type.String() }),
  },
  ready: {
    method: "GET",
    path: "!/ready",
    summary: "Whether it takes work",
    status: 200,
    answer: Closed({ status: Type.String(), startedAtMs: Optional(Instant) }),
  },
  metrics: {
    method: "GET",
    path: "!/metrics",
    summary: "Prometheus metrics",
    status: 200,
    answerType: "text/plain; version=0.0.4",
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
export const defaultNamespace = "default";

/** The path of a route with its parameters filled in and encoded. */
export function routePath(
  name: RouteName,
  parameters: Readonly<Record<string, string>> = {},
  namespace = defaultNamespace,
): string {
  const path: string = routes[name].path;
  const whole = path.startsWith("!") ? path.slice(1) : `/v1/namespaces/${encodeURIComponent(namespace)}${path}`;
  return whole.replace(/:([a-z]+)/g, (_, parameter: string) => encodeURIComponent(parameters[parameter] ?? ""));
}

/** Where workers open their WebSocket. */
export function workerPath(namespace = defaultNamespace): string {
  return `/v1/namespaces/${encodeURIComponent(namespace)}/worker`;
}
