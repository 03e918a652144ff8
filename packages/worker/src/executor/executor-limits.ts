/** The limits of executors, with their defaults. */
import type { ExecutorLimits, ExecutorResources } from "./executor.js";

export const executorLimitDefaults: ExecutorLimits = {
  loadMs: 30_000,
  trialsMax: 10_000,
  rssBytesMax: 512 * 1024 * 1024,
  lineBytesMax: 16 * 1024 * 1024,
  drainMs: 250,
  prepareMsMax: 600_000,
  closeMsMax: 600_000,
};

/** The limits to go by. */
export function executorLimits(resources: ExecutorResources): ExecutorLimits {
  return { ...executorLimitDefaults, ...resources.limits };
}
