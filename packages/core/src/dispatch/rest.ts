import type { Quarantine } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";

/** Whether the worker is left alone for a while after it declined the revision, or did not answer at all (`*`). */
export function isResting(worker: Worker, revision: string, now: Now): boolean {
  if (worker.rests.size === 0) return false;
  return restsFrom(worker, revision, now) || restsFrom(worker, "*", now);
}

/** Whether it is left alone with that one thing: a revision, or a taskset whose workspace it has not yet. */
export function restsFrom(worker: Worker, what: string, now: Now): boolean {
  return worker.rests.size > 0 && restsUntil(worker, what) > now.monoMs;
}

function restsUntil(worker: Worker, what: string): number {
  return worker.rests.get(what)?.untilMonoMs ?? 0;
}

/** Lets a worker rest from a revision, longer each time in a row. */
export function rest(
  state: EngineState,
  worker: Worker,
  { what, reason, now }: { what: string; reason: string; now: Now },
): void {
  const count = (worker.rests.get(what)?.count ?? 0) + 1;
  const restMs = Math.min(state.config.restMsMax, state.config.restMs * 2 ** Math.min(count - 1, 20));
  const untilMonoMs = now.monoMs + restMs;
  worker.rests.set(what, { untilMonoMs, count, reason });
  state.deadlines.add(untilMonoMs, { type: "workerRested", worker });
}

export function endRest(worker: Worker, what: string): void {
  worker.rests.delete(what);
}

/** Whether the worker is kept from a taskset or plugin. */
export function isQuarantined(worker: Worker, scope: "taskset" | "plugin", name: string, now: Now): boolean {
  if (worker.quarantines.length === 0) return false;
  return worker.quarantines.some(
    (entry) =>
      entry.scope === scope && entry.name === name && (entry.untilMs === undefined || entry.untilMs > now.wallMs),
  );
}

/** Counts a failure of the worker with a taskset or plugin; enough in a row quarantine it for a time. */
export function countFailure(
  state: EngineState,
  worker: Worker,
  failure: { scope: "taskset" | "plugin"; name: string; reason: string; now: Now },
): void {
  const { scope, name, reason, now } = failure;
  const key = `${scope}|${name}`;
  const count = (worker.failures.get(key) ?? 0) + 1;
  worker.failures.set(key, count);
  if (count < state.config.quarantineAfter) return;
  worker.failures.delete(key);
  quarantine(state, worker, {
    scope,
    name,
    reason: `${count} failures in a row: ${reason}`,
    untilMs: now.wallMs + state.config.quarantineMs,
    now,
  });
}

export function countSuccess(worker: Worker, plugin: string, taskset: string | undefined): void {
  if (worker.failures.size === 0) return;
  worker.failures.delete(`plugin|${plugin}`);
  if (taskset !== undefined) worker.failures.delete(`taskset|${taskset}`);
}

export function quarantine(
  state: EngineState,
  worker: Worker,
  entry: { scope: "taskset" | "plugin"; name: string; reason: string; untilMs?: number; now: Now },
): void {
  const { now, ...facts } = entry;
  lift(state, worker, { ...facts, now });
  worker.quarantines.push(facts);
  state.out.touchWorker(worker);
  state.out.events.push({
    type: "worker.quarantined",
    namespace: worker.namespace,
    atMs: now.wallMs,
    worker: worker.id,
    data: { ...facts },
  });
  watchQuarantine(state, worker, facts, now);
}

/** Lifts the quarantine when its time is over. */
export function watchQuarantine(state: EngineState, worker: Worker, entry: Quarantine, now: Now): void {
  if (entry.untilMs === undefined) return;
  const inMs = Math.max(0, entry.untilMs - now.wallMs);
  const deadline = state.deadlines.add(now.monoMs + inMs, { type: "quarantineEnds", worker, entry });
  worker.quarantineEnds.set(entry, deadline);
}

/** Quarantines that were lifted, or whose worker is gone, end no more: their time may be a year away. */
export function unwatchQuarantines(state: EngineState, worker: Worker, entries: readonly Quarantine[]): void {
  for (const entry of entries) {
    const deadline = worker.quarantineEnds.get(entry);
    if (deadline === undefined) continue;
    state.deadlines.cancel(deadline);
    worker.quarantineEnds.delete(entry);
  }
}

/** The time of a quarantine is over, by the clock that does not jump; another of the same name may have followed it. */
export function endQuarantine(
  state: EngineState,
  { worker, entry }: { readonly worker: Worker; readonly entry: Quarantine },
  now: Now,
): void {
  if (worker.quarantines.includes(entry)) lift(state, worker, { ...entry, now });
}

/** Lifts a quarantine; says whether there was one. */
export function lift(
  state: EngineState,
  worker: Worker,
  { scope, name, now }: { scope: "taskset" | "plugin"; name: string; now: Now },
): boolean {
  const left = worker.quarantines.filter((entry) => entry.scope !== scope || entry.name !== name);
  if (left.length === worker.quarantines.length) return false;
  unwatchQuarantines(
    state,
    worker,
    worker.quarantines.filter((entry) => !left.includes(entry)),
  );
  worker.quarantines = left;
  state.out.touchWorker(worker);
  state.out.events.push({
    type: "worker.lifted",
    namespace: worker.namespace,
    atMs: now.wallMs,
    worker: worker.id,
    data: { scope, name },
  });
  return true;
}
