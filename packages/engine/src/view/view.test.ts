import { describe, expect, it } from "vitest";
import type { FinishedTaskRow, TaskRow, TasksetRow, TrialEndRow, WorkerRow } from "@capstan/core";
import { makeCheck, makeId, TasksetView, TaskView, TrialView, WorkerView } from "@capstan/protocol";
import { tasksetView } from "./taskset-view.js";
import { finishedTaskView, taskView } from "./task-view.js";
import { trialView } from "./trial-view.js";
import { workerView } from "./worker-view.js";

const id = makeId("task", { timeMs: 1, partition: 2, epoch: 3, sequence: 4 });
const facts = {
  namespace: "default",
  id,
  taskset: null,
  key: null,
  definition: "command/run",
  revision: "rev_1",
  profile: "job",
  policy: null,
  priority: 5,
  inputJson: '{"command":"true"}',
  inputBlob: null,
  idempotencyKey: null,
  launchedAtMs: 10,
} as const;
const token = { partition: 2, epoch: 3, sequence: 9 };

const row: TaskRow = {
  ...facts,
  status: "queued",
  waitsFor: null,
  estimateMs: 12.5,
  notBeforeMs: null,
  expiresAtMs: null,
  queuedAtMs: 11,
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

const end: TrialEndRow = {
  n: 2,
  round: 1,
  status: "succeeded",
  cause: null,
  isTwin: false,
  isCounted: true,
  worker: "wrk_1",
  workerName: "w1",
  token,
  grantedAtMs: 20,
  endedAtMs: 30,
  durationMs: 9.5,
  outputJson: "null",
  outputBlob: null,
  errorJson: null,
  countsJson: '{"examples":3}',
  usageJson: '{"cpuMs":4}',
};

const finished: FinishedTaskRow = {
  ...facts,
  status: "succeeded",
  cause: null,
  reason: null,
  isFlaky: true,
  round: 1,
  trialsTotal: 2,
  trialsCounted: 1,
  trialsLost: 0,
  endedAtMs: 30,
  lastTrial: end,
};

const checkTask = makeCheck(TaskView, "the view");

describe("the view of a task", () => {
  it("shows a queued task, and that it is offered just now", () => {
    expect(checkTask(taskView(row))).toMatchObject({ status: "queued", input: { command: "true" }, estimateMs: 12.5 });
    expect(taskView(row, { isOffered: true }).status).toBe("offered");
    expect(Object.values(taskView(row))).not.toContain(null);
    expect(Object.values(taskView(row))).not.toContain(undefined);
  });

  it("shows a running one with its trial, progress and reason", () => {
    const live = {
      n: 3,
      token,
      worker: "wrk_1",
      workerName: "w1",
      grantedAtMs: 20,
      isTwin: false,
      status: "running",
    } as const;
    const view = taskView(
      { ...row, status: "running", trials: [live], trialsTotal: 3, trialsCounted: 2 },
      { progress: 0.5, progressNote: "half", reason: { code: "x", message: "y" } },
    );
    expect(checkTask(view)).toMatchObject({
      trials: { counted: 2, lost: 0, total: 3 },
      progress: 0.5,
      lastTrial: { id: `trial_${id.slice(5)}_3`, status: "running" },
    });
  });

  it("shows a finished one with output, also when that is null", () => {
    const view = checkTask(finishedTaskView(finished));
    expect(view).toMatchObject({
      isFlaky: true,
      endedAtMs: 30,
      lastTrial: { counts: { examples: 3 }, usage: { cpuMs: 4 } },
    });
    expect(view.output).toBeNull();
    expect(view).not.toHaveProperty("error");
  });

  it("shows why one failed, and nothing large in lists", () => {
    const lastTrial: TrialEndRow = { ...end, status: "failed", errorJson: '{"message":"boom"}', outputJson: null };
    const failed: FinishedTaskRow = { ...finished, status: "failed", cause: "failed", reason: "it said no", lastTrial };
    expect(checkTask(finishedTaskView(failed))).toMatchObject({
      cause: "failed",
      reason: { code: "failed", message: "it said no" },
      error: { message: "boom" },
    });
    const brief = checkTask(finishedTaskView(failed, { isBrief: true }));
    expect(["input", "output", "error", "lastTrial"].filter((field) => field in brief)).toEqual([]);
    expect(checkTask(finishedTaskView({ ...failed, lastTrial: null }))).not.toHaveProperty("lastTrial");
  });
});

describe("the views of a trial, a taskset and a worker", () => {
  it("fit their schemas", () => {
    const trial = makeCheck(
      TrialView,
      "the view",
    )(trialView({ ...end, namespace: "default", task: id, revision: "rev_1" }));
    expect(trial).toMatchObject({ id: `trial_${id.slice(5)}_2`, output: null, durationMs: 9.5 });

    const counts = {
      total: 1,
      waiting: 0,
      queued: 0,
      running: 0,
      succeeded: 1,
      skipped: 0,
      failed: 0,
      abandoned: 0,
      cancelled: 0,
      flaky: 0,
      retries: 0,
      muted: 0,
    };
    const taskset: TasksetRow = {
      namespace: "default",
      id: "set_1",
      name: "suite",
      class: null,
      profile: "test",
      status: "running",
      cause: null,
      definition: null,
      revision: null,
      policy: null,
      workspace: null,
      limits: { maxSlots: 3 },
      muted: null,
      round: 1,
      counts,
      firstTask: null,
      lastTask: null,
      launchedAtMs: 1,
      endedAtMs: null,
    };
    const view = makeCheck(TasksetView, "the view")(tasksetView(taskset, { etaMs: 1_500 }));
    expect(view).toMatchObject({ name: "suite", etaMs: 1_500, limits: { maxSlots: 3 } });

    const worker: WorkerRow = {
      namespace: "default",
      id: "wrk_1",
      name: "w1",
      status: "ready",
      labels: ["gpu"],
      slots: 4,
      runtimes: ["node"],
      session: "ses_1",
      secretHash: "hash",
      isDraining: false,
      quarantines: [{ scope: "plugin", name: "images", reason: "crashes" }],
      joinedAtMs: 1,
      lastSeenAtMs: 2,
    };
    const shown = makeCheck(WorkerView, "the view")(workerView(worker));
    expect(shown).toMatchObject({ slotsBusy: 0, trials: [], lastSeenAtMs: 2 });
    expect(JSON.stringify(shown)).not.toContain("hash");
    const busy = workerView(worker, { slotsBusy: 1, revisions: ["rev_1"], trials: ["trial_1"], lastSeenAtMs: 9 });
    expect(busy).toMatchObject({ slotsBusy: 1, lastSeenAtMs: 9 });
  });
});
