import type { WorkerStatus } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/**
 * What happens to a worker: `welcome` it was told so, its `hello` is committed; `miss` no sign of it for too long;
 * `hear` a sign again; `drain`, and `resume` to take that back; `leave` it said goodbye or has drained; `lose` its
 * lease ended or its spawner reported its death; `return` it says `hello` again after that.
 */
export type WorkerEvent = "welcome" | "miss" | "hear" | "drain" | "resume" | "leave" | "lose" | "return";

export const workerStarts = ["joining"] as const satisfies readonly WorkerStatus[];
export const finalWorkerStatuses = ["gone", "lost"] as const satisfies readonly WorkerStatus[];

/** The machine of a worker. Quarantines are kept beside its status: they hold for one taskset or plugin. */
export const workerTransitions: TransitionTable<WorkerStatus, WorkerEvent> = {
  joining: { welcome: "ready", drain: "draining", miss: "unreachable", leave: "gone", lose: "lost" },
  ready: { hear: "ready", miss: "unreachable", drain: "draining", leave: "gone", lose: "lost" },
  // `drain`: it was asked to while it was away, or it is heard of again and had been draining before.
  unreachable: { hear: "ready", welcome: "ready", drain: "draining", leave: "gone", lose: "lost" },
  draining: { hear: "draining", drain: "draining", resume: "ready", miss: "unreachable", leave: "gone", lose: "lost" },
  gone: { return: "joining" },
  lost: { return: "joining" },
};

/** Where an event leads a worker, or why it does not apply. */
export const transitionWorker = makeTransition(workerTransitions, finalWorkerStatuses);
