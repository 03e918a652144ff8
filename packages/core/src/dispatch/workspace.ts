import { limits, type Workspace } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Taskset } from "../state/taskset.js";
import type { Worker } from "../state/worker.js";
import { endRest, isQuarantined, restsFrom } from "./rest.js";

type WithWorkspace = Taskset & { readonly facts: { readonly workspace: Workspace } };

/** Whether its tasks run in a tree of files that each worker must fetch and set up first. */
export function hasWorkspace(taskset: Taskset | null): taskset is WithWorkspace {
  return taskset !== null && taskset.facts.workspace !== null;
}

/** Whether the worker is kept from the taskset for now: it failed to get ready for it, or is not ready yet. */
export function isKeptFrom(worker: Worker, taskset: Taskset, now: Now): boolean {
  return (
    isQuarantined(worker, "taskset", taskset.id, now) || (hasWorkspace(taskset) && restsFrom(worker, taskset.id, now))
  );
}

/** What the worker is offered of the taskset lets it fetch the workspace: it is told when the taskset has ended. */
export function noteHolder(worker: Worker, taskset: Taskset): void {
  // What a worker never speaks of again is forgotten in the order in which it came.
  if (worker.workspaces.size >= limits.workspacesHeldMax && !worker.workspaces.has(taskset.id)) {
    for (const oldest of worker.workspaces) {
      worker.workspaces.delete(oldest);
      break;
    }
  }
  worker.workspaces.add(taskset.id);
  taskset.holders.add(worker);
}

/** The taskset has ended: those that hold its workspace let it go. */
export function releaseWorkspace(state: EngineState, taskset: Taskset): void {
  for (const worker of taskset.holders) {
    endRest(worker, taskset.id);
    tellReleased(state, worker, taskset.id);
  }
  taskset.holders.clear();
}

/** The taskset is another engine's: who holds its workspace keeps it, and is told nothing. */
export function dropHolders(taskset: Taskset): void {
  for (const worker of taskset.holders) {
    endRest(worker, taskset.id);
    worker.workspaces.delete(taskset.id);
  }
  taskset.holders.clear();
}

/** A worker that is away is told when it comes back and says that it holds it. */
export function tellReleased(state: EngineState, worker: Worker, taskset: string): void {
  if (!worker.isConnected) return;
  state.out.effectsAfterCommit.push({ type: "send", worker, message: { type: "releaseWorkspace", taskset } });
}

/** A worker that joins says which workspaces it holds; those of tasksets that have ended meanwhile go. */
export function takeHeldWorkspaces(state: EngineState, worker: Worker, held: readonly string[]): void {
  for (const id of held) {
    const taskset = state.tasksets.get(id) ?? null;
    if (hasWorkspace(taskset) && taskset.namespace === worker.namespace) noteHolder(worker, taskset);
    else tellReleased(state, worker, id);
  }
}
