export type * from "./engine/operations.js";
export * from "./engine/engine.js";
export * from "./engine/engine-operations.js";
export * from "./start-engine.js";
export type { Retention } from "./engine/janitor.js";
export { makeLogger, silentLogger, type Logger, type LogLevel } from "./api/logger.js";
export { connectionStates, expectedWorkerMessages, type ConnectionState } from "./session/connection-state.js";
