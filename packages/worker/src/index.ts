export * from "./executor/executor.js";
export { systemClock, type Clock } from "./executor/clock.js";
export type { Spawner } from "./spawner/spawner.js";
