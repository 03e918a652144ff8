// Executors, their spawner and their output.
export * from "./executor/executor.js";
export { systemClock, type Clock } from "./executor/clock.js";
export { ExecutorStartError } from "./executor/executor-start-error.js";
export { executorLimitDefaults } from "./executor/executor-limits.js";
export { executorKinds, findExecutorKind } from "./executor/registry.js";
export { Spawner, type SpawnerOptions } from "./spawner/spawner.js";
export type { ProcessGroupSpawner } from "./spawner/process-group-spawner.js";
export type { Standing } from "./spawner/message.js";
export { OutputBuffer, type OutputBufferOptions, type OutputChunk } from "./output/output-buffer.js";
