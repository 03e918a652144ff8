import { describe, expect, it } from "vitest";
import { cancelTask, cancelTaskset, pauseTaskset, resumeTaskset } from "../command/cancel.js";
import { loseWorker } from "../worker/silence.js";
import { Scene } from "../world/scene.test.support.js";
import { judge, type TrialCase, type TrialEnding } from "./judge.js";

const ending = (status: TrialEnding["status"], facts: Partial<TrialEnding> = {}): TrialEnding => ({
  status,
  hasBegun: true,
  wasAlone: true,
  isRetryable: true,
  ...facts,
});
const about = (facts: Partial<TrialCase> = {}): TrialCase => ({
  isTwin: false,
  hasCompany: false,
  isCancelling: false,
  stopReason: null,
  counted: 0,
  lost: 0,
  suspicions: 0,
  maxTrials: 3,
  maxLosses: 3,
  hasRetries: true,
  isSafeToRerun: true,
  profile: "job",
  ...facts,
});
const verdict = (status: string, cause: string | null = null) => ({ type: "verdict", status, cause });
const retry = (when: string) => ({ type: "retry", when });

describe("arbiter rule 1: a success ends the task, and a skip unless a twin runs", () => {
  it("takes any success", () => {
    expect(judge(ending("succeeded"), about({ hasCompany: true })).outcome).toEqual(verdict("succeeded"));
    expect(judge(ending("succeeded"), about({ isTwin: true })).outcome).toEqual(verdict("succeeded"));
  });

  it("takes a skip of the last trial only", () => {
    expect(judge(ending("skipped"), about()).outcome).toEqual(verdict("skipped"));
    expect(judge(ending("skipped"), about({ hasCompany: true })).outcome).toEqual({ type: "wait" });
  });
});

describe("arbiter rule 2: failures and losses have budgets of their own", () => {
  it.each(["failed", "timeout", "error"] as const)("counts %s against maxTrials", (status) => {
    const first = judge(ending(status), about());
    expect(first).toMatchObject({ isCounted: true, isLoss: false, outcome: retry("backoff") });
    expect(judge(ending(status), about({ counted: 2 })).outcome).toEqual(verdict("failed", status));
  });

  it("counts a loss against maxLosses, and against nothing else", () => {
    const first = judge(ending("lost"), about({ counted: 2 }));
    expect(first).toMatchObject({ isCounted: false, isLoss: true, outcome: retry("front") });
    expect(judge(ending("lost"), about({ lost: 2 })).outcome).toEqual(retry("front"));
    expect(judge(ending("lost"), about({ lost: 3 })).outcome).toEqual(verdict("failed", "no-more-losses"));
    expect(judge(ending("lost"), about({ maxLosses: 0 })).outcome).toEqual(verdict("failed", "no-more-losses"));
  });

  it.each(["lost", "error"] as const)("only suspects what died in company: %s", (status) => {
    const suspect = judge(ending(status, { wasAlone: false }), about());
    expect(suspect).toEqual({ isCounted: false, isLoss: false, isSuspect: true, outcome: retry("front") });
    const last = judge(ending(status, { wasAlone: false }), about({ suspicions: 3 }));
    expect([last.isSuspect, last.isCounted || last.isLoss]).toEqual([false, true]);
  });

  it("suspects whatever the budget of losses is", () => {
    const ended = judge(ending("lost", { wasAlone: false }), about({ maxLosses: 0 }));
    expect([ended.isSuspect, ended.outcome]).toEqual([true, retry("front")]);
  });

  it("costs a failed twin nothing", () => {
    const twin = judge(ending("failed"), about({ isTwin: true, hasCompany: true }));
    expect(twin).toEqual({ isCounted: false, isLoss: false, isSuspect: false, outcome: { type: "wait" } });
    expect(judge(ending("lost"), about({ isTwin: true })).isLoss).toBe(false);
  });

  it("costs nothing when the code never began", () => {
    const loss = judge(ending("lost", { hasBegun: false }), about());
    expect(loss).toEqual({ isCounted: false, isLoss: false, isSuspect: false, outcome: retry("front") });
  });
});

describe("arbiter rule 3: what is not safe to rerun fails after a loss", () => {
  const unsafe = about({ isSafeToRerun: false });

  it("unless its code never began", () => {
    expect(judge(ending("lost"), unsafe).outcome).toEqual(verdict("failed", "lost"));
    expect(judge(ending("lost", { wasAlone: false }), unsafe).outcome).toEqual(verdict("failed", "lost"));
    expect(judge(ending("lost", { hasBegun: false }), unsafe).outcome).toEqual(retry("front"));
  });

  it("runs at most once with one trial", () => {
    for (const status of ["failed", "timeout", "error", "lost"] as const) {
      expect(judge(ending(status), { ...unsafe, maxTrials: 1 }).outcome).toMatchObject({ type: "verdict" });
    }
  });

  it("runs no more often than it has trials, also when it died in company", () => {
    const died = judge(ending("error", { wasAlone: false }), { ...unsafe, maxTrials: 2 });
    expect(died).toMatchObject({ isCounted: true, isSuspect: true, outcome: retry("backoff") });
    const last = judge(ending("error", { wasAlone: false }), { ...unsafe, maxTrials: 1 });
    expect(last.outcome).toEqual(verdict("failed", "error"));
    const unbegun = judge(ending("error", { wasAlone: false, hasBegun: false }), { ...unsafe, maxTrials: 1 });
    expect(unbegun).toMatchObject({ isCounted: false, isSuspect: true, outcome: retry("front") });
  });
});

describe("arbiter rule 4: when a retry comes", () => {
  it("comes at the front for a test, after backoff for a job", () => {
    expect(judge(ending("failed"), about({ profile: "test" })).outcome).toEqual(retry("front"));
    expect(judge(ending("failed"), about({ profile: "job" })).outcome).toEqual(retry("backoff"));
  });

  it("comes not at all after an error that is not retryable", () => {
    expect(judge(ending("failed", { isRetryable: false }), about()).outcome).toEqual(
      verdict("failed", "not-retryable"),
    );
  });

  it("comes never while another trial of the task lives", () => {
    for (const status of ["failed", "timeout", "error", "lost", "cancelled"] as const) {
      expect(judge(ending(status), about({ hasCompany: true })).outcome).toEqual({ type: "wait" });
    }
  });

  it("waits for the backoff, and goes before all others after a loss", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const trial = scene.granted({ policy: { backoff: { initialMs: 4_000, jitter: 0 } } });
    scene.report(trial, "failed");
    expect([trial.task.status, trial.task.waitsFor]).toEqual(["waiting", "time"]);
    scene.later(4_000);
    scene.ask(worker);
    scene.run();
    scene.launch();
    scene.accept(trial.task);
    scene.run();
    scene.act((state, now) => loseWorker(state, worker, "it died", now));
    const two = scene.worker("two", { slots: 1 });
    scene.run();
    expect(scene.offered(two)).toEqual([trial.task.id]);
  });
});

describe("arbiter rule 5: the word on a target", () => {
  it("leaves room for the report that waits for it: checking leads to a verdict or another trial", async () => {
    const { taskTransitions } = await import("../machine/task-machine.js");
    expect(taskTransitions.checking).toMatchObject({ succeed: "succeeded", fail: "failed", retry: "queued" });
  });
});

describe("arbiter rule 6: failing fast", () => {
  it("cancels the rest after maxFailures, and the taskset has failed", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 2 });
    const policy = { maxTrials: 1 };
    const taskset = scene.taskset([{ policy }, { policy }, { policy }, { policy }], { maxFailures: 1 });
    scene.run();
    const [first, second] = [...taskset.tasks].filter(({ offer }) => offer !== null).map((task) => scene.accept(task)!);
    scene.report(first!, "failed");
    expect(taskset.status).toBe("cancelling");
    expect(second!.stopReason).toBe("cancel");
    scene.report(second!, "stopped");
    expect(taskset).toMatchObject({ status: "failed", counts: { failed: 1, cancelled: 3 } });
    expect(second!.task.verdict).toMatchObject({ status: "cancelled", cause: "fail-fast" });
  });
});

describe("arbiter rule 7: flaky", () => {
  it("is what needed more than one counted trial to succeed", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}]);
    const [task] = taskset.tasks;
    scene.run();
    scene.report(scene.accept(task!)!, "failed");
    scene.ask(worker);
    scene.run();
    scene.report(scene.accept(task!)!, "succeeded");
    expect(scene.disk.finished.get(task!.id)?.isFlaky).toBe(true);
    expect(taskset.counts.flaky).toBe(1);
  });

  it("is not what was lost before", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const { task } = scene.granted();
    scene.act((state, now) => loseWorker(state, worker, "it died", now));
    scene.worker("two", { slots: 1 });
    scene.run();
    scene.report(scene.accept(task)!, "succeeded");
    expect(scene.disk.finished.get(task.id)?.isFlaky).toBe(false);
  });
});

describe("arbiter rule 8: one report a trial", () => {
  it("takes the first, and leaves any other to what is stored", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { maxTrials: 1 } });
    scene.report(trial, "succeeded");
    scene.report(trial, "failed");
    expect(scene.disk.finished.get(trial.task.id)?.status).toBe("succeeded");
    expect(scene.late.map(({ report }) => report.trial)).toEqual([trial.id]);
  });
});

describe("arbiter rule 9: cancel and pause", () => {
  it("judges every end of a trial of a task that is being cancelled as cancelled", () => {
    for (const status of ["succeeded", "skipped", "failed", "error", "timeout", "lost", "cancelled"] as const) {
      expect(judge(ending(status), about({ isCancelling: true })).outcome).toEqual(verdict("cancelled"));
    }
  });

  it("lets the result stand that was applied before the cancel", () => {
    const scene = new Scene();
    scene.worker("one");
    const taskset = scene.taskset([{}]);
    scene.run();
    scene.report(scene.accept([...taskset.tasks][0]!)!, "succeeded");
    const cancel = () => scene.act((state, now) => cancelTaskset(state, taskset, now));
    expect(cancel).toThrow(expect.objectContaining({ code: "already-final" }));
    expect(scene.disk.tasksets.get(taskset.id)?.status).toBe("succeeded");
  });

  it("keeps slot and keys held until the worker says stopped", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted({ policy: { concurrency: { key: "k", limit: 1 } } });
    const next = scene.launch({ policy: { concurrency: { key: "k", limit: 1 } } });
    scene.mail(worker);
    scene.act((state, now) => cancelTask(state, trial.task, now));
    scene.run();
    expect([trial.task.status, next.status]).toEqual(["cancelling", "queued"]);
    expect(scene.mail(worker)).toMatchObject([{ type: "stop", trial: trial.id, reason: "cancel" }]);
    scene.report(trial, "stopped");
    expect([trial.task.status, next.status]).toEqual(["cancelled", "offered"]);
  });

  it("puts a task back at no cost when a pause stopped it", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{ policy: { maxTrials: 1 } }]);
    const [task] = taskset.tasks;
    scene.run();
    const trial = scene.accept(task!)!;
    scene.run();
    scene.act((state, now) => pauseTaskset(state, taskset, true, now));
    scene.report(trial, "stopped");
    expect([task!.status, task!.past.trialsCounted, task!.past.trialsLost]).toEqual(["queued", 0, 0]);
    expect(scene.disk.trials.get(`${task!.id} 1`)).toMatchObject({ status: "cancelled", isCounted: false });
    scene.ask(worker);
    scene.run();
    expect(task!.offer).toBeNull();
    scene.act((state, now) => resumeTaskset(state, taskset, now));
    scene.run();
    expect(scene.accept(task!)?.n).toBe(2);
  });

  it("halts who had accepted when the taskset was paused", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{}]);
    scene.run();
    scene.act((state, now) => pauseTaskset(state, taskset, false, now));
    expect(scene.accept([...taskset.tasks][0]!)).toBeUndefined();
    scene.run();
    expect(scene.mail(worker).at(-1)).toMatchObject({ type: "halt", reason: "paused" });
  });
});
