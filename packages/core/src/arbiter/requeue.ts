import { enqueue } from "../dispatch/queue.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { setStatus } from "../state/status.js";
import type { Task } from "../state/task.js";

/** Puts a task that nothing holds up in its queue. */
export function queueTask(state: EngineState, task: Task, { isFront, now }: { isFront: boolean; now: Now }): void {
  task.waitsFor = null;
  task.isFront = isFront;
  task.queuedAtMs = now.wallMs;
  setStatus(state, task, "queued");
  const { taskset } = task;
  if (taskset?.status === "open") return;
  enqueue(state, task);
}

/** Lets a task wait until it may be queued: a delay at launch, or the backoff of a retry. */
export function delayTask(state: EngineState, task: Task, delayMs: number, now: Now): void {
  if (delayMs <= 0) return queueTask(state, task, { isFront: false, now });
  setStatus(state, task, "waiting");
  task.waitsFor = "time";
  const { past } = task;
  past.notBeforeMs = now.wallMs + delayMs;
  past.readyDeadline = state.deadlines.add(now.monoMs + delayMs, { type: "taskReady", task });
}

/** The time of a waiting task has come. */
export function wakeTask(state: EngineState, task: Task, now: Now): void {
  if (task.verdict !== null || task.status !== "waiting" || task.waitsFor !== "time") return;
  task.past.readyDeadline = null;
  task.past.notBeforeMs = null;
  state.out.touch(task);
  queueTask(state, task, { isFront: false, now });
  state.out.events.push({
    type: "task.queued",
    namespace: task.taskClass.spec.namespace,
    atMs: now.wallMs,
    task: task.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
  });
}
