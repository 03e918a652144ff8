import { isPlain, type EngineState, type PlainTaskRow, type Task, type TaskRow } from "@capstan/core";
import type { Store } from "@capstan/store";

type Row = TaskRow | PlainTaskRow;

function statusOf(row: Row): TaskRow["status"] {
  return "status" in row ? row.status : "queued";
}

/** Of memory's words those that the store has others for: an offer is not stored, and a safe grant is only later. */
function mayBeStoredAs(task: Task, stored: Row): boolean {
  const status = statusOf(stored);
  if (status === task.status || (status === "granted" && task.status === "running")) return true;
  if (status !== "queued") return false;
  return task.status === "offered" || (task.trials.length > 0 && task.taskClass.spec.policy.safeToRerun);
}

/** Memory and disk agree while nothing waits to be written. @throws Error where they do not. */
export async function checkDisk(state: EngineState, store: Store): Promise<void> {
  const rows = await store.loadTasks(undefined, 1_000_000);
  const live = new Map((await store.loadLive()).map((row) => [row.id, row]));
  const stored = new Map<string, Row>([...rows, ...live.values()].map((row) => [row.id, live.get(row.id) ?? row]));
  for (const task of state.tasks.values()) {
    const row = stored.get(task.id);
    if (row === undefined) throw new Error(`${task.id} is ${task.status} in memory, and not in the store`);
    if (!mayBeStoredAs(task, row))
      throw new Error(`${task.id} is ${task.status} in memory, and ${statusOf(row)} in the store`);
    checkTrials(task, isPlain(row) ? undefined : row);
  }
  const { waiting, queued, running } = state.counts;
  if (state.loading === null && stored.size !== waiting + queued + running)
    throw new Error(`${stored.size} tasks are unfinished in the store, and ${waiting + queued + running} in memory`);
}

function checkTrials(task: Task, row: TaskRow | undefined): void {
  for (const { n } of row?.trials ?? []) {
    if (!task.trials.some((trial) => trial.n === n))
      throw new Error(`trial ${n} of ${task.id} lives in the store alone`);
  }
}
