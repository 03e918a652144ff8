import {
  executorStarts,
  executorTransitions,
  finalExecutorStatuses,
  finalTargetStatuses,
  finalWorkerStatuses,
  targetStarts,
  targetTransitions,
  taskStarts,
  tasksetStarts,
  tasksetTransitions,
  taskTransitions,
  trialStarts,
  trialTransitions,
  workerStarts,
  workerTransitions,
} from "@capstan/core";
import { finalTasksetStatuses, finalTaskStatuses, finalTrialStatuses } from "@capstan/protocol";
import type { StateMachine } from "./states-page.js";

/** Every machine of the model, as core exports it. */
export const machines: readonly StateMachine[] = [
  { name: "Taskset", table: tasksetTransitions, starts: tasksetStarts, finals: finalTasksetStatuses },
  { name: "Task", table: taskTransitions, starts: taskStarts, finals: finalTaskStatuses },
  { name: "Trial", table: trialTransitions, starts: trialStarts, finals: finalTrialStatuses },
  { name: "Worker", table: workerTransitions, starts: workerStarts, finals: finalWorkerStatuses },
  { name: "Executor", table: executorTransitions, starts: executorStarts, finals: finalExecutorStatuses },
  { name: "Target", table: targetTransitions, starts: targetStarts, finals: finalTargetStatuses },
];
