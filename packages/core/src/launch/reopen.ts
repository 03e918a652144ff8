import { CapstanError } from "@capstan/protocol";
import { countExamples } from "../arbiter/example-count.js";
import { queueTask } from "../arbiter/requeue.js";
import { setTasksetStatus } from "../arbiter/taskset-status.js";
import { lift } from "../dispatch/rest.js";
import { hasWorkspace } from "../dispatch/workspace.js";
import { addTaskset } from "../estimate/estimate-use.js";
import type { FinishedTaskRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { categoryOf } from "../state/status.js";
import type { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import { addTask } from "./launch.js";

/** A finished task that a rerun takes back from history, with its spec. */
export interface Reopening {
  readonly row: FinishedTaskRow;
  readonly spec: TaskSpec;
  readonly partition: number;
}

/**
 * Opens the next round of finished tasks, with new budgets.
 * @throws CapstanError `unsafe-rerun` when one is not safe to rerun and `isForced` is false, `not-final` while their
 * taskset is being cancelled; nothing is changed then.
 */
export function reopenTasks(
  state: EngineState,
  reopenings: readonly Reopening[],
  { taskset, isForced, now }: { taskset: Taskset | null; isForced: boolean; now: Now },
): void {
  const unsafe = reopenings.find(({ spec, row }) => !spec.policy.safeToRerun && row.trialsTotal > 0);
  if (unsafe !== undefined && !isForced) {
    throw new CapstanError(
      "unsafe-rerun",
      `${unsafe.row.id} is not safe to rerun: pass force if running it twice does no harm`,
    );
  }
  if (taskset?.status === "cancelling")
    throw new CapstanError("not-final", `${taskset.id} is being cancelled: wait for its end`);
  if (taskset !== null) reopenTaskset(state, taskset, now);
  for (const reopening of reopenings) reopenTask(state, reopening, taskset, now);
}

/** A final taskset runs again; one that still runs only gets tasks back. */
function reopenTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  addTaskset(state, taskset);
  if (taskset.endedAtMs === null) return;
  taskset.endedAtMs = null;
  taskset.round += 1;
  taskset.cause = null;
  taskset.isFailingFast = false;
  taskset.counts.retries = 0;
  liftUnready(state, taskset, now);
  setTasksetStatus(state, taskset, { status: "pending", now });
}

/** Workers that were not ready for its workspace in an earlier round may try again. */
function liftUnready(state: EngineState, taskset: Taskset, now: Now): void {
  if (!hasWorkspace(taskset)) return;
  for (const worker of state.workers.values()) {
    const isUnready = worker.quarantines.some(
      ({ scope, name, untilMs }) => scope === "taskset" && name === taskset.id && untilMs !== undefined,
    );
    if (isUnready) lift(state, worker, { scope: "taskset", name: taskset.id, now });
  }
}

function reopenTask(state: EngineState, { row, spec, partition }: Reopening, taskset: Taskset | null, now: Now): void {
  const seed = { ...row, spec, partition, delayMs: 0, estimateMs: null };
  const task: Task = addTask(state, seed, taskset, now);
  task.isInputSpilled = row.inputJson === null && row.inputBlob === null;
  task.persistence = "reopened";
  task.batch = state.batchTaken + 1;
  const { past } = task;
  past.round = row.round + 1;
  past.trialsTotal = row.trialsTotal;
  past.roundStart = row.trialsTotal;
  task.status = "waiting";
  state.counts.waiting += 1;
  if (taskset !== null) {
    taskset.counts[categoryOf(row.status)] -= 1;
    if (row.isFlaky) taskset.counts.flaky -= 1;
    countExamples(taskset, row.lastTrial?.countsJson ?? null, -1);
    if (row.status === "failed" && taskset.isMuted(row.key)) taskset.counts.muted -= 1;
    taskset.counts.waiting += 1;
  }
  queueTask(state, task, { isFront: false, now });
  state.out.touch(task);
  state.out.events.push({
    type: "task.queued",
    namespace: row.namespace,
    atMs: now.wallMs,
    task: row.id,
    ...(taskset === null ? {} : { taskset: taskset.id }),
    data: { round: past.round },
  });
}
