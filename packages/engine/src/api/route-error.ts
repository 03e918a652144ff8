import { routes, type ErrorCode, type Route, type RouteName } from "@capstan/protocol";

const everywhere: readonly ErrorCode[] = ["unauthorized", "invalid-request", "shutting-down", "internal"];
const written: readonly ErrorCode[] = ["too-large", "unsupported-media-type", "store-failed"];
const launched: readonly ErrorCode[] = [
  "unknown-plugin",
  "unknown-definition",
  "unknown-revision",
  "revision-pruned",
  "invalid-input",
  "idempotency-conflict",
  "overloaded",
];
const found: readonly ErrorCode[] = ["invalid-id", "not-found"];
const reopened: readonly ErrorCode[] = [
  "not-final",
  "unsafe-rerun",
  "revision-pruned",
  "name-taken",
  "blob-missing",
  "overloaded",
];

/** What each call may answer beside what every call may. */
const own: { readonly [N in RouteName]?: readonly ErrorCode[] } = {
  launchTask: launched,
  launchTasks: launched,
  listTasks: ["invalid-cursor"],
  getTask: found,
  waitTask: found,
  cancelTask: [...found, "already-final"],
  rerunTask: [...found, ...reopened],
  listTrials: found,
  listOffers: found,
  launchTaskset: [...launched, "invalid-stream", "name-taken", "blob-missing"],
  listTasksets: ["invalid-cursor"],
  getTaskset: found,
  waitTaskset: found,
  pauseTaskset: [...found, "already-final"],
  resumeTaskset: [...found, "not-paused", "already-final"],
  cancelTaskset: [...found, "already-final"],
  rerunTaskset: [...found, ...reopened],
  listPhases: found,
  reportTaskset: found,
  listFlaky: ["invalid-cursor"],
  listMuted: ["invalid-cursor"],
  mute: ["too-large"],
  listEstimates: ["invalid-cursor"],
  getTrial: found,
  readStdout: found,
  readStderr: found,
  getPlugin: ["unknown-plugin"],
  deployRevision: ["invalid-manifest", "invalid-path", "blob-missing"],
  switchDefault: ["unknown-plugin", "unknown-revision"],
  pruneRevisions: ["unknown-plugin"],
  getRevision: ["unknown-revision"],
  putBlob: ["digest-mismatch"],
  putPack: ["invalid-pack", "digest-mismatch"],
  getPack: ["blob-missing", "too-large"],
  getBlob: ["not-found"],
  getWorker: ["not-found"],
  drainWorker: ["not-found"],
  quarantineWorker: ["not-found"],
  liftQuarantine: ["not-found"],
  followEvents: ["cursor-expired", "invalid-cursor"],
};

/** The error codes that a call may answer, as its documentation names them. */
export function errorsOf(name: RouteName): readonly ErrorCode[] {
  const { method }: Route = routes[name];
  // Asked for a query that they do not know, they refuse it as every call does.
  if (name === "health") return ["invalid-request"];
  if (name === "ready") return ["invalid-request", "shutting-down", "store-failed"];
  return [...everywhere, ...(method === "GET" ? [] : written), ...(own[name] ?? [])];
}
