import type { ExecutorStatus } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/** What happens to an executor: `load` its code is loaded; `run` a trial began in it; `free` its last trial ended; `exit`. */
export type ExecutorEvent = "load" | "run" | "free" | "exit";

/** How an executor ended. */
export const executorExits = ["normal", "failure", "timeout", "killed"] as const;
export type ExecutorExit = (typeof executorExits)[number];

export const executorStarts = ["starting"] as const satisfies readonly ExecutorStatus[];
export const finalExecutorStatuses = ["exited"] as const satisfies readonly ExecutorStatus[];

/** The machine of an executor. It may run several trials at once: it is busy from the first to the last of them. */
export const executorTransitions: TransitionTable<ExecutorStatus, ExecutorEvent> = {
  starting: { load: "idle", exit: "exited" },
  idle: { run: "busy", exit: "exited" },
  busy: { run: "busy", free: "idle", exit: "exited" },
  exited: {},
};

/** Where an event leads an executor, or why it does not apply. */
export const transitionExecutor = makeTransition(executorTransitions, finalExecutorStatuses);
