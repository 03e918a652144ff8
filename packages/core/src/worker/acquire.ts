import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";
import { rematch } from "../dispatch/demand.js";
import { endRest } from "../dispatch/rest.js";
import { rematchWorker, setWorkerStatus } from "./join.js";

/** A worker's standing demand grows: so many offers more may be made. */
export function acquire(
  state: EngineState,
  worker: Worker,
  { revisions, credits }: { revisions: "any" | readonly string[]; credits: number },
): void {
  const isSame = revisions === "any" && worker.acquires === "any";
  worker.credits = Math.min(worker.slots, worker.credits + credits);
  if (isSame) {
    if (worker.isOpen && worker.credits > 0) for (const demand of worker.demands) demand.idle.add(worker);
    return;
  }
  worker.acquires = revisions === "any" ? "any" : new Set(revisions);
  rematchWorker(state, worker);
}

/** The worker holds a revision now; what kept it from the revision is over. */
export function noteHeld(state: EngineState, worker: Worker, revision: string, isHeld: boolean): void {
  if (isHeld) {
    worker.revisions.add(revision);
    endRest(worker, revision);
  } else worker.revisions.delete(revision);
  for (const demand of state.demands.values()) if (demand.revision === revision) rematch(demand, worker);
}

/** Offers the worker nothing more, or again. What runs goes on. */
export function drainWorker(
  state: EngineState,
  worker: Worker,
  { isDraining, reason, now }: { isDraining: boolean; reason: string; now: Now },
): void {
  if (worker.isDraining === isDraining) return;
  worker.isDraining = isDraining;
  state.out.touchWorker(worker);
  if (worker.isConnected) {
    setWorkerStatus(state, worker, isDraining ? "draining" : "ready", now);
    state.out.effects.push({
      type: "send",
      worker,
      message: isDraining ? { type: "drain", reason } : { type: "undrain" },
    });
  }
  rematchWorker(state, worker);
}

/** What the worker should load next: the revision with the most queued tasks that it may run and does not hold. */
export function findDeployInfo(state: EngineState, worker: Worker): string | undefined {
  let best: { revision: string; queued: number } | undefined;
  for (const demand of worker.demands) {
    if (worker.revisions.has(demand.revision) || demand.runtime === "inline") continue;
    const queued = state.revisionTasks.get(demand.revision) ?? 0;
    if (queued > (best?.queued ?? 0)) best = { revision: demand.revision, queued };
  }
  return best?.revision;
}

/** Tells the workers that hold a revision that nothing of it is left, if that is still so. */
export function adviseUnused(state: EngineState, revision: string): void {
  state.unusedRevisions.delete(revision);
  if (state.revisionTasks.has(revision)) return;
  for (const worker of state.workers.values()) {
    if (!worker.isConnected || !worker.revisions.has(revision) || worker.advised.has(revision)) continue;
    worker.advised.add(revision);
    state.out.effects.push({ type: "send", worker, message: { type: "noMoreTasks", revision } });
  }
}
