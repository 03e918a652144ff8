import type { FinishedTaskRow, TaskRow } from "@capstan/core";
import { makeId } from "@capstan/protocol";

const timeMs = 1_700_000_000_000;

/** A task as an engine launches it. */
export function taskRow(n: number, inputJson: string | null): TaskRow {
  return {
    namespace: "default",
    id: makeId("task", { timeMs: timeMs + Math.floor(n / 100), partition: n % 64, epoch: 1, sequence: n }),
    taskset: null,
    key: null,
    definition: "bench/noop",
    revision: "rev_0123456789abcdefghjkmnpqrs",
    profile: "job",
    policy: null,
    priority: 5,
    inputJson,
    inputBlob: null,
    idempotencyKey: null,
    launchedAtMs: timeMs,
    status: "queued",
    waitsFor: null,
    estimateMs: null,
    notBeforeMs: null,
    expiresAtMs: null,
    queuedAtMs: timeMs,
    round: 1,
    trialsTotal: 0,
    trialsCounted: 0,
    trialsLost: 0,
    roundStart: 0,
    suspicions: 0,
    doublings: 0,
    isFront: false,
    lastWorker: null,
    trials: [],
  };
}

/** The same when it has succeeded; its input stays where it is. */
export function finishedRow(n: number): FinishedTaskRow {
  const { namespace, id, taskset, key, definition, revision, profile, policy, priority } = taskRow(n, null);
  const facts = { namespace, id, taskset, key, definition, revision, profile, policy, priority };
  return {
    ...facts,
    inputJson: null,
    inputBlob: null,
    idempotencyKey: null,
    launchedAtMs: timeMs,
    status: "succeeded",
    cause: null,
    reason: null,
    isFlaky: false,
    round: 1,
    trialsTotal: 1,
    trialsCounted: 0,
    trialsLost: 0,
    endedAtMs: timeMs + 20,
    lastTrial: {
      n: 1,
      round: 1,
      status: "succeeded",
      cause: null,
      isTwin: false,
      isCounted: false,
      worker: "wrk_0123456789abcdefghjkmn",
      workerName: "worker-1",
      token: { partition: n % 64, epoch: 1, sequence: n },
      grantedAtMs: timeMs + 10,
      endedAtMs: timeMs + 20,
      durationMs: 0.25,
      outputJson: "null",
      outputBlob: null,
      errorJson: null,
      countsJson: null,
      usageJson: null,
    },
  };
}
