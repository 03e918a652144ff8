import type { EngineMessage, LeaseToken, ResultMessage, StoppedMessage } from "@capstan/protocol";
import type { Stowed } from "../backlog/backlog.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { Task } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";

/** What core wants done outside. The engine carries it out, at once or after the commit of what happened before it. */
export type Effect =
  | { readonly type: "send"; readonly worker: Worker; readonly message: EngineMessage }
  /** A grant: the edge signs its token and puts the input in as it is. */
  | { readonly type: "grant"; readonly worker: Worker; readonly trial: Trial; readonly offer: number }
  /** Bring these tasks' inputs back to memory and say so with `inputsLoaded`. */
  | { readonly type: "loadInputs"; readonly tasks: readonly Task[] }
  /** Read these tasks of a class from the store and say so with `takeRecalled`, or with `failRecall`. */
  | { readonly type: "recall"; readonly taskClass: TaskClass; readonly stowed: readonly Stowed[] }
  /** A report on a trial that does not live: the store knows whether it is a repetition. */
  | {
      readonly type: "judgeLateReport";
      readonly worker: Worker;
      readonly report: ResultMessage | StoppedMessage;
      readonly token: LeaseToken;
    }
  /** Ends the worker's connection. */
  | { readonly type: "disconnect"; readonly worker: Worker; readonly reason: string };
