import { finalTasksetStatuses, type TasksetStatus } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/**
 * What happens to a taskset: `seal` its streamed launch is complete; `run` its first trial was granted; `pause`,
 * `resume`, `cancel`; `stopped` the last of its cancelled tasks has ended; `succeed`, `fail` the arbiter's word when
 * its last task has its verdict; `rerun` opens a new round.
 */
export type TasksetEvent = "seal" | "run" | "pause" | "resume" | "cancel" | "stopped" | "succeed" | "fail" | "rerun";

/** The statuses in which a taskset begins: streamed, or launched at once. */
export const tasksetStarts = ["open", "pending"] as const satisfies readonly TasksetStatus[];

/** A paused taskset ends too: what ran when it was paused may have been its last. */
const ends = { succeed: "succeeded", fail: "failed" } as const;

/** The machine of a taskset. An open one whose stream breaks is discarded, which leaves no status. */
export const tasksetTransitions: TransitionTable<TasksetStatus, TasksetEvent> = {
  open: { seal: "pending", cancel: "cancelling" },
  pending: { run: "running", pause: "paused", cancel: "cancelling", ...ends },
  running: { run: "running", pause: "paused", cancel: "cancelling", ...ends },
  paused: { resume: "running", pause: "paused", cancel: "cancelling", ...ends },
  // `fail`: it was cancelled by its own `maxFailures`.
  cancelling: { cancel: "cancelling", stopped: "cancelled", fail: "failed" },
  cancelled: { rerun: "pending" },
  succeeded: { rerun: "pending" },
  failed: { rerun: "pending" },
};

/** Where an event leads a taskset, or why it does not apply. */
export const transitionTaskset = makeTransition(tasksetTransitions, finalTasksetStatuses);
