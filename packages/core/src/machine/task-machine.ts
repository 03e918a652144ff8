import { finalTaskStatuses, type TaskStatus, type WaitReason } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/**
 * What happens to a task.
 *
 * - Before a trial: `queue` what it waited for has come; `wait-for-…` it waits for that (first) instead; `offer`;
 *   `decline` by the worker, `lapse` without an answer, `revoke` by the engine; `halt` an acceptance came too late;
 *   `grant`; `expire` it waited too long in the queue; `abandon` a task that it needs did not succeed.
 * - With a trial: `run` its code began; `adopt` a worker proves that it runs; `twin` a second trial was granted;
 *   `check` the report waits for the word on the target; `retry` again at once, after a counted trial or a loss;
 *   `requeue` again at no cost, after a pause with stop, a drain or a preemption.
 * - The arbiter's verdict: `succeed`, `skip`, `fail`.
 * - From outside: `cancel`; `stopped` the last cancelled trial has ended, by report or with its lease; `rerun` opens
 *   the next round, `rerun-later` too but waiting first.
 */
export type TaskEvent =
  | "queue"
  | `wait-for-${WaitReason}`
  | "offer"
  | "decline"
  | "lapse"
  | "revoke"
  | "halt"
  | "grant"
  | "expire"
  | "abandon"
  | "run"
  | "adopt"
  | "twin"
  | "check"
  | "retry"
  | "requeue"
  | "succeed"
  | "skip"
  | "fail"
  | "cancel"
  | "stopped"
  | "rerun"
  | "rerun-later";

/** The statuses in which a launched task begins. */
export const taskStarts = ["waiting", "queued"] as const satisfies readonly TaskStatus[];

const rerun = { rerun: "queued", "rerun-later": "waiting" } as const;
const verdict = { succeed: "succeeded", skip: "skipped", fail: "failed" } as const;
/** What may follow when a trial has ended: a verdict, or another trial, now or later. */
const afterTrial = {
  ...verdict,
  retry: "queued",
  requeue: "queued",
  "wait-for-time": "waiting",
  "wait-for-permit": "waiting",
  "wait-for-completion": "waiting",
  cancel: "cancelling",
} as const;

/** The machine of a task. A task that waits also has a `WaitReason`; retries after backoff wait for time. */
export const taskTransitions: TransitionTable<TaskStatus, TaskEvent> = {
  waiting: {
    queue: "queued",
    "wait-for-needs": "waiting",
    "wait-for-time": "waiting",
    "wait-for-permit": "waiting",
    "wait-for-completion": "waiting",
    // Completion from outside is a report like any other: it leads to a verdict or to another trial.
    ...verdict,
    retry: "queued",
    adopt: "running",
    expire: "failed",
    abandon: "abandoned",
    cancel: "cancelled",
  },
  queued: {
    offer: "offered",
    "wait-for-time": "waiting",
    "wait-for-permit": "waiting",
    adopt: "running",
    expire: "failed",
    fail: "failed",
    cancel: "cancelled",
  },
  offered: {
    grant: "granted",
    decline: "queued",
    lapse: "queued",
    revoke: "queued",
    halt: "queued",
    "wait-for-permit": "waiting",
    adopt: "running",
    expire: "failed",
    cancel: "cancelled",
  },
  granted: { run: "running", adopt: "running", check: "checking", ...afterTrial },
  running: { run: "running", adopt: "running", twin: "running", check: "checking", ...afterTrial },
  // `run`: the report was void, and a twin still runs.
  checking: { run: "running", ...afterTrial },
  cancelling: { stopped: "cancelled" },
  succeeded: rerun,
  skipped: rerun,
  failed: rerun,
  abandoned: rerun,
  cancelled: rerun,
};

/** Where an event leads a task, or why it does not apply. */
export const transitionTask = makeTransition(taskTransitions, finalTaskStatuses);
