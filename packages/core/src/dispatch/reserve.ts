import type { EngineState } from "../state/engine-state.js";
import type { Taskset } from "../state/taskset.js";
import { blockClass, openLane, unblockClass } from "./queue.js";
import type { Gate } from "./gate.js";
import type { TaskClass } from "./task-class.js";

/** Whether the taskset may use one more slot, on this worker. */
export function hasRoom(taskset: Taskset, worker: string): boolean {
  const limits = taskset.facts.limits;
  if (limits === null) return true;
  if (limits.maxSlots !== undefined && taskset.slotsTaken >= limits.maxSlots) return false;
  if (limits.maxWorkers === undefined || taskset.workers.has(worker)) return true;
  return taskset.workers.size < limits.maxWorkers;
}

/** Takes a permit and a slot's worth of the taskset's limits for an offer or a grant. The caller has checked that there is room. */
export function reserve(state: EngineState, taskClass: TaskClass, worker: string): void {
  const { gate, taskset } = taskClass;
  if (gate !== null) {
    gate.taken += 1;
    if (gate.isFull) blockClass(state, taskClass, "concurrency");
  }
  if (taskset === null) return;
  taskset.slotsTaken += 1;
  taskset.workers.set(worker, (taskset.workers.get(worker) ?? 0) + 1);
  refreshLane(state, taskset);
}

/** Gives back what {@link reserve} took, and lets those go on that waited for it. */
export function release(state: EngineState, taskClass: TaskClass, worker: string): void {
  const { gate, taskset } = taskClass;
  if (gate !== null) {
    gate.taken -= 1;
    unblockNext(state, gate);
    if (gate.waiting.size > 0) state.freedGates.add(gate);
    if (gate.classes === 0 && gate.taken === 0) state.gates.delete(gate.key);
  }
  if (taskset === null) return;
  taskset.slotsTaken -= 1;
  const left = (taskset.workers.get(worker) ?? 1) - 1;
  if (left > 0) taskset.workers.set(worker, left);
  else taskset.workers.delete(worker);
  refreshLane(state, taskset);
}

/**
 * Lets all go on that wait for permits which those before them did not take, since nobody can run them now. Called when
 * the first have had their turn, so that a hot key does not wake its whole queue for every permit. Says if there were any.
 */
export function unblockRest(state: EngineState): boolean {
  let isAny = false;
  for (const gate of state.freedGates) {
    if (gate.isFull) continue;
    for (const waiting of gate.waiting) {
      unblockClass(state, waiting);
      isAny = true;
    }
  }
  state.freedGates.clear();
  return isAny;
}

function unblockNext(state: EngineState, gate: Gate): void {
  let free = gate.limit - gate.taken;
  for (const waiting of gate.waiting) {
    if (free <= 0) return;
    unblockClass(state, waiting);
    if (waiting.queued > 0) free -= 1;
  }
}

/** Opens or closes a taskset's lane: dispatched only while it runs and has slots left. */
export function refreshLane(state: EngineState, taskset: Taskset): void {
  const isRunning = taskset.status === "pending" || taskset.status === "running";
  const slotsMax = taskset.facts.limits?.maxSlots;
  openLane(state, taskset.lane, isRunning && (slotsMax === undefined || taskset.slotsTaken < slotsMax));
}
