import type { Reason } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import type { Worker } from "../state/worker.js";
import { mismatch } from "./demand.js";
import { isQuarantined, isResting } from "./rest.js";
import type { TaskClass } from "./task-class.js";
import { isKeptFrom } from "./workspace.js";

/** Why a task does not run now; undefined when it runs, or is about to. */
export function explain(state: EngineState, task: Task, now: Now): Reason | undefined {
  if (task.status === "waiting") return explainWaiting(task, now);
  if (task.status !== "queued" && task.status !== "offered") return undefined;
  return explainClass(state, task.taskClass, now) ?? (task.isQueued ? undefined : explainRecovery(state));
}

/** Why no task of the class runs now, whether it is in memory or not. */
export function explainClass(state: EngineState, taskClass: TaskClass, now: Now): Reason | undefined {
  return explainTaskset(taskClass) ?? explainGates(taskClass) ?? explainWorkers(state, taskClass, now);
}

function explainWaiting(task: Task, now: Now): Reason {
  const inMs = Math.max(0, (task.history?.notBeforeMs ?? 0) - now.wallMs);
  if (task.waitsFor === "time")
    return { code: "waits-for-time", message: `it may run in ${Math.ceil(inMs / 1_000)} s` };
  return { code: `waits-for-${task.waitsFor ?? "needs"}`, message: `it waits for ${task.waitsFor ?? "needs"}` };
}

function explainTaskset({ taskset }: TaskClass): Reason | undefined {
  if (taskset === null) return undefined;
  if (taskset.status === "paused") return { code: "taskset-paused", message: "its taskset is paused: resume it" };
  if (taskset.status === "open")
    return { code: "taskset-open", message: "the launch of its taskset is still under way" };
  const { maxSlots } = taskset.facts.limits ?? {};
  if (maxSlots !== undefined && taskset.slotsTaken >= maxSlots) {
    return { code: "taskset-slots", message: `its taskset uses all of its ${maxSlots} slots` };
  }
  return undefined;
}

function explainGates({ gate, rate, block }: TaskClass): Reason | undefined {
  if (gate !== null && gate.isFull) {
    return {
      code: "waits-for-permit",
      message: `all ${gate.limit} permits of the concurrency key "${keyOf(gate.key)}" are taken`,
    };
  }
  if (rate !== null && block === "rate") {
    return { code: "waits-for-permit", message: `the rate limit of "${keyOf(rate.key)}" is reached` };
  }
  return undefined;
}

function keyOf(key: string): string {
  return key.slice(key.indexOf("|") + 1);
}

function explainWorkers(state: EngineState, taskClass: TaskClass, now: Now): Reason | undefined {
  const { demand } = taskClass.cell;
  const workers = [...state.workers.values()].filter(
    (worker) => worker.namespace === demand.namespace && worker.isConnected,
  );
  if (workers.length === 0)
    return { code: "no-worker", message: "no worker is connected: start one with `capstan worker`" };
  const refusals = workers.map((worker) => explainWorker(taskClass, worker, now));
  const able = refusals.filter((refusal) => refusal === undefined).length;
  if (able > 0)
    return {
      code: "waits-for-slot",
      message: `${able} of ${workers.length} workers can run it; their slots are taken`,
    };
  return mostFrequent(refusals.filter((refusal) => refusal !== undefined));
}

function explainWorker({ spec, taskset, cell }: TaskClass, worker: Worker, now: Now): Reason | undefined {
  const { demand } = cell;
  switch (mismatch(demand, worker)) {
    case "runtime":
      return { code: "no-runtime", message: `no connected worker has the runtime ${demand.runtime}` };
    case "label":
      return { code: "no-label", message: `no connected worker has the labels ${demand.labels.join(", ")}` };
    case "revision":
      return {
        code: "no-revision",
        message: `no connected worker has or may fetch the revision ${demand.revision} of ${demand.plugin}`,
      };
    case "namespace":
    case undefined:
      break;
  }
  if (worker.isDraining) return { code: "draining", message: "the workers that could run it are draining" };
  if (
    isQuarantined(worker, "plugin", spec.plugin, now) ||
    (taskset !== null && isQuarantined(worker, "taskset", taskset.id, now))
  ) {
    return { code: "quarantined", message: "every worker that could run it is quarantined: see `capstan workers`" };
  }
  if (isResting(worker, demand.revision, now) || (taskset !== null && isKeptFrom(worker, taskset, now))) {
    return {
      code: "refused",
      message: `refused by ${worker.facts.name} because ${worker.lastDecline ?? "of a fault"}`,
    };
  }
  return undefined;
}

function mostFrequent(reasons: readonly Reason[]): Reason | undefined {
  const counts = new Map<string, number>();
  for (const { code } of reasons) counts.set(code, (counts.get(code) ?? 0) + 1);
  return reasons.toSorted((left, right) => counts.get(right.code)! - counts.get(left.code)!)[0];
}

function explainRecovery(state: EngineState): Reason | undefined {
  if (state.recovery === null) return undefined;
  return { code: "recovering", message: "the engine has just restarted and waits for its workers to come back" };
}
