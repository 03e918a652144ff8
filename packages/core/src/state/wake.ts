import type { Quarantine } from "@capstan/protocol";
import type { Stowed } from "../backlog/backlog.js";
import type { RateGate } from "../dispatch/gate.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { Task } from "./task.js";
import type { Worker } from "./worker.js";

/** What a deadline in core's heap is for. */
export type Wake =
  | { readonly type: "taskReady"; readonly task: Task }
  | { readonly type: "taskExpires"; readonly task: Task }
  | { readonly type: "recallAgain"; readonly taskClass: TaskClass; readonly stowed: readonly Stowed[] }
  | { readonly type: "workerSilent"; readonly worker: Worker }
  | { readonly type: "workerForgotten"; readonly worker: Worker }
  | { readonly type: "classReady"; readonly taskClass: TaskClass }
  | { readonly type: "rateIdle"; readonly rate: RateGate }
  | { readonly type: "workerRested"; readonly worker: Worker }
  | { readonly type: "quarantineEnds"; readonly worker: Worker; readonly entry: Quarantine }
  | { readonly type: "estimatesIdle"; readonly key: string }
  | { readonly type: "offersExpire" }
  | { readonly type: "revisionUnused"; readonly revision: string }
  | { readonly type: "speculate" }
  | { readonly type: "recoveryEnds" };
