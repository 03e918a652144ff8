import type { TasksetStatus } from "@capstan/protocol";
import { feed } from "../dispatch/queue.js";
import { refreshLane } from "../dispatch/reserve.js";
import { releaseWorkspace } from "../dispatch/workspace.js";
import { removeTaskset } from "../estimate/estimate-use.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Taskset } from "../state/taskset.js";

/** Keeps a taskset's books after one of its tasks got its verdict: fails fast, and ends it after the last. */
export function noteFinished(state: EngineState, taskset: Taskset, now: Now): void {
  state.out.touchTaskset(taskset);
  const { maxFailures } = taskset.facts.limits ?? {};
  const isRunning = taskset.status === "running" || taskset.status === "pending" || taskset.status === "paused";
  if (isRunning && maxFailures !== undefined && failures(taskset) >= maxFailures && unfinished(taskset) > 0) {
    failTaskset(state, taskset, `${counted(failures(taskset))}, maxFailures is ${maxFailures}`, now);
  }
  endTasksetWhenDone(state, taskset, now);
}

/** Ends a taskset as failed before its tasks have run: what is unfinished is cancelled. */
export function failTaskset(state: EngineState, taskset: Taskset, cause: string, now: Now): void {
  taskset.isFailingFast = true;
  taskset.cause = cause;
  startCancelling(state, taskset, now);
}

function counted(failed: number): string {
  return failed === 1 ? "1 task failed" : `${failed} tasks failed`;
}

/** Failed tasks that are not muted. */
function failures({ counts }: Pick<Taskset, "counts">): number {
  return counts.failed - counts.muted;
}

export function unfinished({ counts }: Taskset): number {
  return counts.waiting + counts.queued + counts.running;
}

/** Gives the taskset its final status when all of its tasks have their verdicts. */
export function endTasksetWhenDone(state: EngineState, taskset: Taskset, now: Now): void {
  if (unfinished(taskset) > 0 || taskset.status === "open" || taskset.endedAtMs !== null) return;
  setTasksetStatus(state, taskset, { status: finalStatusOf(taskset), now });
  taskset.endedAtMs = now.wallMs;
  taskset.sweep = null;
  state.sweeping.delete(taskset);
  removeTaskset(state, taskset, now);
  releaseWorkspace(state, taskset);
}

/** Cancelled when somebody cancelled it before its end; else failed unless every task that is not muted succeeded or was skipped. */
export function finalStatusOf({ status, counts, isFailingFast }: Taskset): "cancelled" | "failed" | "succeeded" {
  if (isFailingFast) return "failed";
  if (status === "cancelling") return "cancelled";
  return failures({ counts }) + counts.abandoned + counts.cancelled > 0 ? "failed" : "succeeded";
}

export function setTasksetStatus(
  state: EngineState,
  taskset: Taskset,
  { status, now }: { status: TasksetStatus; now: Now },
): void {
  taskset.status = status;
  refreshLane(state, taskset);
  state.out.touchTaskset(taskset);
  state.out.events.push({
    type: `taskset.${status}`,
    namespace: taskset.namespace,
    atMs: now.wallMs,
    taskset: taskset.id,
  });
}

/** Cancelling is durable as a status; its tasks are cancelled in small steps after it, those of a backlog as they come. */
export function startCancelling(state: EngineState, taskset: Taskset, now: Now): void {
  setTasksetStatus(state, taskset, { status: "cancelling", now });
  taskset.sweep = { what: "cancel", tasks: taskset.tasks.values() };
  state.sweeping.add(taskset);
  feed(state, taskset.classes.values());
}
