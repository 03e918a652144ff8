import { plainRowOf } from "../row/row.js";
import { fail, same } from "../check/check-state.js";
import { taskRowOf, tasksetRowOf, workerRowOf } from "../outcome/changes.js";
import type { EngineState } from "../state/engine-state.js";
import type { Task } from "../state/task.js";
import type { Disk } from "./disk.test.support.js";

/** Holds after a batch was applied and nothing changed since: what is stored is what is in memory. */
export function checkDisk(state: EngineState, disk: Disk): void {
  const dirty = new Set<Task>(state.out.lazyTasks.map(({ task }) => task));
  for (const task of state.tasks.values()) {
    const row = disk.tasks.get(task.id) ?? fail(`${task.id} is not stored`);
    if (disk.finished.has(task.id)) fail(`${task.id} is unfinished, and stored as finished too`);
    if (dirty.has(task) || task.status === "running") continue;
    // Its place at the head is not worth a write: it is lost with the engine.
    const unwritten = { inputJson: null, isFront: false };
    same({ ...row, ...unwritten }, { ...taskRowOf(task), ...unwritten }, `the row of ${task.id}`);
  }
  const stowed = new Set(stowedIds(state));
  for (const [id, row] of disk.tasks) {
    const { loading } = state;
    const isUnread = loading !== null && id > loading.after && !loading.early.has(id);
    if (state.tasks.has(id) || isUnread) continue;
    if (!stowed.delete(id)) fail(`${id} is stored, and neither in memory nor in a backlog`);
    if (plainRowOf(row) === undefined) fail(`${id} has a past and is in a backlog`);
  }
  for (const id of stowed) fail(`${id} is in a backlog and not stored`);
  for (const taskset of state.tasksets.values()) {
    same(disk.tasksets.get(taskset.id), tasksetRowOf(taskset), `the row of ${taskset.id}`);
  }
  for (const worker of state.workers.values()) {
    // One that was loaded is unreachable until it is heard of: that is no news for the disk.
    const unwritten = worker.status === "unreachable" ? { lastSeenAtMs: 0, status: "" } : { lastSeenAtMs: 0 };
    same(
      { ...disk.workers.get(worker.id), ...unwritten },
      { ...workerRowOf(worker), ...unwritten },
      `the row of ${worker.id}`,
    );
  }
  for (const id of disk.workers.keys()) if (!state.workers.has(id)) fail(`${id} is stored and not in memory`);
}

/** What waits in the store alone. */
export function* stowedIds(state: EngineState): Generator<string> {
  const tasksets = [...state.tasksets.values()].flatMap(({ classes }) => [...classes.values()]);
  for (const { backlog, recalling } of [...state.loneClasses.values(), ...tasksets]) {
    for (const { id } of [...(backlog ?? []), ...recalling]) yield id;
  }
}
