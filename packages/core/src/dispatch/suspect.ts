import type { Task } from "../state/task.js";
import type { Worker } from "../state/worker.js";

/**
 * What died together are suspects: they do not meet again while they can be apart, so that the next death tells whose
 * it is (model.md, Rules of the arbiter 2).
 */

/** Whether the task died in company before. */
export function isSuspect({ history }: Task): boolean {
  return history !== null && history.suspicions > 0;
}

/** Whether its next trial asks for an executor of its own. One that went down with a whole machine may have shared none. */
export function needsOwnExecutor({ history }: Task): boolean {
  if (history === null || history.suspicions === 0) return false;
  return history.suspicions > 1 || history.lastLoss?.isSuspect !== true;
}

/**
 * Whether it waits for a worker without other suspects. After one death in company it only prefers such a worker: most
 * machines go down by themselves. It waits no longer than the time limits of the suspects before it.
 */
export function mustBeApart({ history }: Task): boolean {
  return history !== null && history.suspicions > 1;
}

/** Whether a suspect runs on the worker, or is offered to it. */
export function hasSuspect({ trials, offers }: Worker): boolean {
  for (const { task } of trials.values()) if (isSuspect(task)) return true;
  for (const { task } of offers.values()) if (isSuspect(task)) return true;
  return false;
}
