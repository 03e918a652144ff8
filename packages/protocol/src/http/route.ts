import { Type } from "../schema/typebox.js";
import * as launch from "../schema/launch.js";
import { Closed, Count, Digest, Instant } from "../schema/scalar.js";
import { EstimateView } from "../schema/estimate.js";
import { FlakyView } from "../schema/flaky.js";
import { MutedView, MuteRequest, UnmuteRequest } from "../schema/muted.js";
import * as view from "../schema/view.js";
import {
  DeployRequest,
  EstimateQuery,
  EventQuery,
  FlakyQuery,
  LiftRequest,
  LogQuery,
  MissingBlobs,
  MutedQuery,
  PackRequest,
  PruneRequest,
  QuarantineRequest,
  ReportQuery,
  SwitchRequest,
  TaskQuery,
  TaskResult,
  TasksetQuery,
  TasksetResult,
  WaitQuery,
} from "./request.js";

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

/** One page of a list. */
function Page<S extends Type.TSchema>(item: S) {
  return Closed({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()) });
}

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
  listPhases: {
    method: "GET",
    path: "/tasksets/:taskset/phases",
    summary: "How sync, setup and clean-up ended on each worker, oldest first",
    status: 200,
    answer: Page(view.PhaseView),
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

  listFlaky: {
    method: "GET",
    path: "/flaky",
    summary: "Tasks of a class that were flaky, by class and key; of one key also when and where",
    query: FlakyQuery,
    status: 200,
    answer: Page(FlakyView),
  },
  listMuted: {
    method: "GET",
    path: "/muted",
    summary: "The muted tests that are kept, by class, key and example",
    query: MutedQuery,
    status: 200,
    answer: Page(MutedView),
  },
  mute: {
    method: "POST",
    path: "/muted",
    summary: "Keep tests muted for a class, all or none; one that is muted already gets the new reason and time",
    body: MuteRequest,
    status: 200,
    answer: Page(MutedView),
  },
  unmute: {
    method: "POST",
    path: "/muted/unmute",
    summary: "Take tests from the list of a class; answers with those that were on it",
    body: UnmuteRequest,
    status: 200,
    answer: Page(MutedView),
  },

  listEstimates: {
    method: "GET",
    path: "/estimates",
    summary: "What the tasks of a class are expected to take, by key",
    query: EstimateQuery,
    status: 200,
    answer: Page(EstimateView),
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
  putPack: {
    method: "POST",
    path: "/blobs/packs",
    summary: "Store the blobs of a pack; those that arrived before it broke are stored all the same",
    bodyTypes: bytes,
    status: 201,
    answer: Closed({ blobs: Count }),
  },
  getPack: {
    method: "POST",
    path: "/blobs/pack",
    summary: "Several blobs in one pack",
    body: PackRequest,
    status: 200,
    answerType: "application/octet-stream",
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
    body: Closed({ isDraining: Type.Optional(Type.Boolean({ default: true })) }),
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
    answer: Closed({ status: Type.String(), startedAtMs: Type.Optional(Instant) }),
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
