import type { Phase, PhaseStatus } from "@capstan/protocol";
import { endTasksetWhenDone, failTaskset } from "../arbiter/taskset-status.js";
import { mismatch } from "../dispatch/demand.js";
import { endRest, isQuarantined, quarantine } from "../dispatch/rest.js";
import { tellReleased } from "../dispatch/workspace.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Taskset } from "../state/taskset.js";
import type { Worker } from "../state/worker.js";
import { rematchWorker } from "./join.js";

/** A phase of a taskset as its worker tells of its end. */
export interface PhaseEnd {
  readonly taskset: string;
  readonly phase: Phase;
  readonly status: PhaseStatus;
  readonly durationMs: number;
  readonly message?: string;
  readonly log?: string;
}

/** The worker has the workspace of a taskset: what kept it from the taskset is over. */
export function noteWorkspaceReady(state: EngineState, worker: Worker, id: string): void {
  if (!worker.workspaces.has(id)) return;
  if (!state.tasksets.has(id)) return tellReleased(state, worker, id);
  endRest(worker, id);
  rematchWorker(state, worker);
}

/** Keeps the record of a phase. A worker that could not get ready is kept from the taskset, which goes on elsewhere. */
export function notePhase(state: EngineState, worker: Worker, end: PhaseEnd, now: Now): void {
  if (!worker.workspaces.has(end.taskset)) return;
  // One that runs again meanwhile is fetched and set up anew, and its worker tells of that.
  if (end.phase === "cleanUp" && !state.tasksets.has(end.taskset)) worker.workspaces.delete(end.taskset);
  recordPhase(state, worker, end, now);
  const isBad = end.status === "failed" || end.status === "timeout";
  const taskset = state.tasksets.get(end.taskset);
  if (end.phase === "cleanUp" || !isBad || taskset === undefined) return;
  const reason = `${end.phase} ${end.status === "timeout" ? "took too long" : "failed"}: ${end.message ?? "no reason given"}`;
  const untilMs = now.wallMs + state.config.quarantineMs;
  quarantine(state, worker, { scope: "taskset", name: taskset.id, reason, untilMs, now });
  failUnprepared(state, taskset, `${worker.facts.name}: ${reason}`, now);
}

function recordPhase(state: EngineState, worker: Worker, end: PhaseEnd, now: Now): void {
  const { taskset, phase, status, durationMs, message = null, log = null } = end;
  const { namespace, id, facts } = worker;
  state.out.phases.push({
    namespace,
    taskset,
    worker: id,
    workerName: facts.name,
    phase,
    status,
    durationMs,
    message,
    log,
    endedAtMs: now.wallMs,
  });
  const type = `phase.${status}`;
  state.out.events.push({ type, namespace, atMs: now.wallMs, taskset, worker: id, data: { phase, durationMs } });
}

/** A taskset that insists on every worker fails with the first that is not ready, any other with the last. */
function failUnprepared(state: EngineState, taskset: Taskset, reason: string, now: Now): void {
  if (taskset.status === "cancelling" || taskset.status === "open") return;
  const isStrict = taskset.facts.workspace?.isStrict === true;
  if (!isStrict && isAnyWorkerLeft(state, taskset, now)) return;
  failTaskset(state, taskset, isStrict ? reason : `no worker is left that is ready for it; ${reason}`, now);
  endTasksetWhenDone(state, taskset, now);
}

/** Whether a worker that could run some of it is not kept from it: one that is away for a moment included. */
function isAnyWorkerLeft(state: EngineState, taskset: Taskset, now: Now): boolean {
  const demands = new Set([...taskset.classes.values()].map(({ cell }) => cell.demand));
  for (const worker of state.workers.values()) {
    if (worker.status === "lost" || worker.status === "gone") continue;
    // What runs on one that is being drained ends in its own time.
    if (worker.isDraining && taskset.workers.has(worker.id)) return true;
    if (worker.isDraining) continue;
    if (isQuarantined(worker, "taskset", taskset.id, now)) continue;
    for (const demand of demands) if (mismatch(demand, worker) === undefined) return true;
  }
  return false;
}
