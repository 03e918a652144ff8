export type * from "./engine/operations.js";
export * from "./engine/engine.js";
export * from "./engine/engine-operations.js";
