// Executors, their spawner and their output.
export * from "./executor/executor.js";
export { executorLimitDefaults } from "./executor/executor-limits.js";
export { executorKinds, findExecutorKind } from "./executor/registry.js";
export { Spawner, type SpawnerOptions, type WorkerSpawner } from "./spawner/spawner.js";
export type {
  GroupExit,
  GroupListener,
  ProcessGroup,
  ProcessGroupSpawner,
  SpawnOrder,
} from "./spawner/process-group-spawner.js";
export { LeaseGuard, type LeaseGuardOptions } from "./lease/lease-guard.js";
export type { Revisions } from "./plugin/revision-cache.js";
export type { Standing } from "./spawner/message.js";
export { OutputBuffer, type OutputBufferOptions, type OutputChunk } from "./output/output-buffer.js";
// The worker itself.
export { startWorker, Worker, type CloseOptions, type WorkerStatus } from "./worker.js";
export { runWorker } from "./run-worker.js";
export type { WorkerLimits, WorkerOptions, WorkerSeams } from "./option/worker-options.js";
export type { WorkerEvent, WorkerEventName, WorkerEvents, WorkerListener } from "./event/worker-event.js";
export { expectedMessages, sessionStates, sessionTransitions, type SessionState } from "./session/session-state.js";
export { workerUrl } from "./session/address.js";
export { WsTransport, type WsTransportOptions } from "./transport/ws-transport.js";
export type { Statistics, WorkerUse } from "./statistics/statistics-source.js";
export type { Fetch, FetchAnswer, FetchInit } from "./plugin/engine-http.js";
export { checkBundle, checkBundlePath } from "./plugin/bundle-path.js";
export { digestOf, revisionOf } from "./plugin/revision-digest.js";
