import type { LeaseToken, Runtime } from "@capstan/protocol";
import { rematch } from "../dispatch/demand.js";
import { withdrawOffer } from "../dispatch/offer.js";
import { watchQuarantine } from "../dispatch/rest.js";
import { takeHeldWorkspaces } from "../dispatch/workspace.js";
import type { WorkerRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { Worker, type WorkerFacts } from "../state/worker.js";
import { reconcile, type Fate } from "./reconcile.js";
import { endWatchOfLost, watchLost, watchSilence } from "./watch.js";

/** A trial that a worker says it holds; its token's MAC is checked by the caller. */
export interface Claim {
  readonly trial: string;
  readonly task: string;
  readonly token: LeaseToken;
  readonly revision: string;
  readonly isRunning: boolean;
  /** Whether the token's MAC proves that an engine of this store granted it. */
  readonly isProven: boolean;
}

export interface Joining {
  readonly facts: WorkerFacts;
  readonly labels: readonly string[];
  readonly slots: number;
  readonly runtimes: readonly Runtime[];
  readonly revisions: readonly string[];
  /** Tasksets whose workspaces it holds. */
  readonly workspaces?: readonly string[];
  readonly claims: readonly Claim[];
}

export interface Joined {
  readonly worker: Worker;
  readonly isResumed: boolean;
  readonly fates: readonly Fate[];
}

/** A worker joins, or comes back to its session: what it holds and what the engine thinks it holds are reconciled. */
export function joinWorker(state: EngineState, joining: Joining, now: Now): Joined {
  const known = state.sessions.get(joining.facts.session);
  const worker = known ?? addWorker(state, joining.facts);
  dropConnection(state, worker);
  worker.labels = new Set(joining.labels);
  worker.slots = joining.slots;
  worker.runtimes = new Set(joining.runtimes);
  worker.revisions.clear();
  for (const revision of joining.revisions) worker.revisions.add(revision);
  worker.isConnected = true;
  endWatchOfLost(state, worker);
  if (worker.status === "lost") setWorkerStatus(state, worker, "joining", now);
  setWorkerStatus(state, worker, worker.isDraining ? "draining" : "ready", now);
  state.out.touchWorker(worker);
  markSeen(state, worker, now);
  rematchWorker(state, worker);
  takeHeldWorkspaces(state, worker, joining.workspaces ?? []);
  const fates = reconcile(state, worker, joining.claims, now);
  state.recovery?.awaited.delete(worker.id);
  return { worker, isResumed: known !== undefined, fates };
}

function addWorker(state: EngineState, facts: WorkerFacts): Worker {
  const worker = new Worker(facts);
  state.workers.set(worker.id, worker);
  state.sessions.set(facts.session, worker);
  return worker;
}

/** Takes a worker from the store: unreachable until it comes back, its lease started anew; a lost one stays lost. */
export function loadWorker(state: EngineState, row: WorkerRow, now: Now): void {
  const worker = addWorker(state, row);
  worker.status = row.status === "lost" ? "lost" : "unreachable";
  worker.labels = new Set(row.labels);
  worker.slots = row.slots;
  worker.runtimes = new Set(row.runtimes);
  worker.isDraining = row.isDraining;
  worker.quarantines = [...row.quarantines];
  for (const entry of worker.quarantines) watchQuarantine(state, worker, entry, now);
  worker.lastSeenMonoMs = now.monoMs;
  worker.lastSeenAtMs = row.lastSeenAtMs;
  if (worker.status === "unreachable") return watchSilence(state, worker);
  watchLost(state, worker, now);
}

/** The connection is gone: no loss. What was only offered goes back; what runs stays with the session. */
export function dropConnection(state: EngineState, worker: Worker): void {
  worker.isConnected = false;
  worker.credits = 0;
  for (const offer of [...worker.offers.values()]) withdrawOffer(state, offer);
  rematchWorker(state, worker);
}

export function rematchWorker(state: EngineState, worker: Worker): void {
  for (const demand of state.demands.values()) rematch(demand, worker);
}

export function markSeen(state: EngineState, worker: Worker, now: Now): void {
  worker.lastSeenMonoMs = now.monoMs;
  worker.lastSeenAtMs = now.wallMs;
  if (worker.silence === null) watchSilence(state, worker);
}

/** Changes a worker's status and says so. */
export function setWorkerStatus(state: EngineState, worker: Worker, status: Worker["status"], now: Now): void {
  if (worker.status === status) return;
  worker.status = status;
  state.out.touchWorker(worker);
  state.out.events.push({
    type: `worker.${status}`,
    namespace: worker.namespace,
    atMs: now.wallMs,
    worker: worker.id,
    data: { name: worker.facts.name },
  });
}
