import { finalTrialStatuses, type FinalTrialStatus, type TrialStatus } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/** What a worker may say of the end of a trial; `cancelled` is its word `stopped`. */
export type ReportedTrialStatus = Exclude<FinalTrialStatus, "lost">;

/**
 * What happens to a trial: `run` its code began; `stop` the engine asked for its end (cancel, pause with stop, a twin
 * won, drain); `report-…` its first valid final report; `lose` its worker, machine, lease or target went away.
 */
export type TrialEvent = "run" | "stop" | "lose" | `report-${ReportedTrialStatus}`;

/** The statuses in which a trial begins: granted, or adopted while it runs. */
export const trialStarts = ["granted", "running"] as const satisfies readonly TrialStatus[];

/** Every end is possible while a trial lives: its report may overtake its start, and its success the stop. */
const ends = {
  "report-succeeded": "succeeded",
  "report-skipped": "skipped",
  "report-failed": "failed",
  "report-error": "error",
  "report-timeout": "timeout",
  "report-cancelled": "cancelled",
  lose: "lost",
} as const;

/** The machine of a trial. It has one end; a rerun of its task is a new trial. */
export const trialTransitions: TransitionTable<TrialStatus, TrialEvent> = {
  granted: { run: "running", stop: "stopping", ...ends },
  running: { run: "running", stop: "stopping", ...ends },
  // A second stop is another reason for the same end; the start of what is being stopped changes nothing.
  stopping: { run: "stopping", stop: "stopping", ...ends },
  succeeded: {},
  skipped: {},
  failed: {},
  error: {},
  timeout: {},
  lost: {},
  cancelled: {},
};

/** Where an event leads a trial, or why it does not apply. */
export const transitionTrial = makeTransition(trialTransitions, finalTrialStatuses);
