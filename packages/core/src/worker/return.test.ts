import { describe, expect, it } from "vitest";
import { pauseTaskset } from "../command/cancel.js";
import { joinWorker, type Claim } from "./join.js";
import { dropConnection } from "./join.js";
import { acceptOffer } from "../dispatch/grant.js";
import { Scene } from "../world/scene.test.support.js";
import type { Task } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";

function claimOf({ id, task, token }: Trial): Claim {
  const { revision } = task.taskClass.spec;
  return { trial: id, task: task.id, token, revision, isRunning: true, isProven: true };
}

/** Of a first trial whose grant left no trace in the engine. */
function untracedClaim({ id, partition, taskClass }: Task, { isRunning }: { isRunning: boolean }): Claim {
  const token = { partition, epoch: 1, sequence: 1 };
  const trial = `trial_${id.slice(5)}_1`;
  return { trial, task: id, token, revision: taskClass.spec.revision, isRunning, isProven: true };
}

function comeBack(scene: Scene, worker: Worker, claims: readonly Claim[]) {
  const { facts, slots } = worker;
  return scene.act((state, now) =>
    joinWorker(state, { facts, slots, labels: [], runtimes: ["node"], revisions: [], claims }, now),
  );
}

/** A trial runs, its worker is cut off and silent for longer than its lease. */
function cutOff(options: { slots?: number } = {}) {
  const scene = new Scene();
  const worker = scene.worker("one", options);
  const trial = scene.granted();
  scene.act((state) => dropConnection(state, worker));
  scene.later(12_000, { isSilent: true });
  expect(worker.status).toBe("lost");
  return { scene, worker, trial, task: trial.task };
}

describe("a worker that was called lost and comes back", () => {
  it("goes on with its trial when nobody was granted the task since, and the loss is taken back", () => {
    const { scene, worker, trial, task } = cutOff();
    expect([task.status, task.past.trialsLost]).toEqual(["queued", 1]);
    const { fates, isResumed } = comeBack(scene, worker, [claimOf(trial)]);
    expect([isResumed, fates[0]?.fate]).toEqual([true, "adopted"]);
    expect([task.status, task.past.trialsLost, worker.status]).toEqual(["running", 0, "ready"]);
    scene.report(task.trials[0]!, "succeeded");
    expect(task.verdict?.status).toBe("succeeded");
  });

  it("stops its trial when the task was granted to another since", () => {
    const { scene, worker, trial, task } = cutOff();
    scene.worker("two");
    scene.run();
    expect(scene.accept(task)).toBeDefined();
    const { fates } = comeBack(scene, worker, [claimOf(trial)]);
    expect(fates[0]).toMatchObject({ fate: "stop", reason: "stale-lease" });
    expect(task.trials).toHaveLength(1);
  });

  it("stops its trial when another task has taken the permit since", () => {
    const scene = new Scene();
    const policy = { concurrency: { key: "hot", limit: 1 } };
    const one = scene.worker("one", { slots: 1 });
    const trial = scene.granted({ policy });
    scene.act((state) => dropConnection(state, one));
    scene.later(12_000, { isSilent: true });
    const urgent = scene.launch({ policy: { ...policy, priority: 9 } });
    scene.worker("two");
    scene.run();
    expect(scene.accept(urgent)).toBeDefined();
    const { fates } = comeBack(scene, one, [claimOf(trial)]);
    expect(fates[0]?.fate).toBe("stop");
    expect(scene.state.gates.get("default|hot")?.taken).toBe(1);
  });

  it("holds no permits for what has ended already: trials that ran one after another come back together", () => {
    const scene = new Scene();
    const policy = { concurrency: { key: "hot", limit: 1 } };
    const worker = scene.worker("one", { slots: 4 });
    scene.act((state) => dropConnection(state, worker));
    const [first, second] = [scene.launch({ policy }), scene.launch({ policy })];
    const claims = [first, second].map((task) => untracedClaim(task, { isRunning: false }));
    const { fates } = comeBack(scene, worker, claims);
    expect(fates.map(({ fate }) => fate)).toEqual(["adopted", "adopted"]);
    expect([first.trials.length, second.trials.length]).toEqual([1, 1]);
    expect(scene.state.gates.get("default|hot")?.taken).toBe(0);
    for (const task of [first, second]) scene.report(task.trials[0]!, "succeeded");
    expect([first.verdict?.status, second.verdict?.status]).toEqual(["succeeded", "succeeded"]);
  });

  it("is not stored as live when it has ended: after a crash it would hold its permit again", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.act((state) => dropConnection(state, worker));
    const task = scene.launch({ policy: { concurrency: { key: "hot", limit: 1 } } });
    scene.run();
    comeBack(scene, worker, [untracedClaim(task, { isRunning: false })]);
    scene.run();
    expect(task.trials).toHaveLength(1);
    expect(scene.disk.tasks.get(task.id)?.trials).toEqual([]);
  });

  it("holds no permit after a crash either, when its row is written since it is told to stop", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.act((state) => dropConnection(state, worker));
    const taskset = scene.taskset([{ policy: { concurrency: { key: "hot", limit: 1 } } }]);
    const [task] = taskset.tasks;
    scene.run();
    comeBack(scene, worker, [untracedClaim(task!, { isRunning: false })]);
    scene.act((state, now) => pauseTaskset(state, taskset, true, now));
    scene.run();
    scene.crash();
    expect(scene.state.tasks.get(task!.id)?.trials[0]?.status).toBe("stopping");
    expect(scene.state.gates.get("default|hot")?.taken).toBe(0);
  });

  it("uses its number up when it is stopped for want of a permit, also after a crash", () => {
    const scene = new Scene();
    const policy = { concurrency: { key: "hot", limit: 1 } };
    const one = scene.worker("one");
    scene.act((state) => dropConnection(state, one));
    const task = scene.launch({ policy });
    const urgent = scene.launch({ policy: { ...policy, priority: 9 } });
    scene.worker("two");
    scene.run();
    scene.accept(urgent);
    const { fates } = comeBack(scene, one, [untracedClaim(task, { isRunning: true })]);
    scene.run();
    expect(fates[0]?.fate).toBe("stop");
    expect(scene.disk.tasks.get(task.id)?.trialsTotal).toBe(1);
  });

  it("uses up the numbers of all that it holds, though but one of them is taken back", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.act((state) => dropConnection(state, worker));
    const task = scene.launch();
    const first = untracedClaim(task, { isRunning: false });
    const second = { ...first, trial: first.trial.replace(/1$/, "2"), token: { ...first.token, sequence: 2 } };
    comeBack(scene, worker, [first, second]);
    scene.run();
    expect(task.trials).toHaveLength(1);
    expect(task.past.trialsTotal).toBe(2);
    scene.report(task.trials[0]!, "failed");
    expect(task.past.trialsTotal).toBe(2);
  });

  it("gives no trial's number twice when its trial had a twin that has ended", () => {
    const scene = new Scene();
    const one = scene.worker("one");
    const trial = scene.granted({ profile: "test", estimateMs: 1_000 });
    const two = scene.worker("two");
    scene.later(2_000);
    scene.act((state, now) => acceptOffer(state, two, scene.offers(two)[0]!.number, now));
    scene.run();
    scene.report(
      trial.task.trials.find(({ isTwin }) => isTwin)!,
      "failed",
    );
    scene.act((state) => dropConnection(state, two));
    scene.act((state) => dropConnection(state, one));
    scene.later(12_000, { isSilent: true });
    comeBack(scene, one, [claimOf(trial)]);
    expect(trial.task).toMatchObject({ status: "running", past: { trialsTotal: 2 } });
  });

  it("proves nothing with a token whose MAC does not fit", () => {
    const { scene, worker, trial, task } = cutOff();
    const { fates } = comeBack(scene, worker, [{ ...claimOf(trial), isProven: false }]);
    expect(fates[0]?.fate).toBe("stop");
    expect(task.status).toBe("queued");
  });

  it("does not take back a trial that was judged already: its report is the store's to answer", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const lost = scene.granted({ profile: "test" });
    const { task } = lost;
    scene.act((state) => dropConnection(state, one));
    scene.later(12_000, { isSilent: true });
    const two = scene.worker("two", { slots: 1 });
    scene.run();
    const failed = scene.accept(task)!;
    scene.report(failed, "failed");
    expect([task.status, task.past.trialsLost, task.past.trialsCounted]).toEqual(["queued", 1, 1]);
    // The answer to its report was lost, so that it tells of the trial again.
    comeBack(scene, two, [{ ...claimOf(failed), isRunning: false }]);
    expect([task.status, task.past.trialsLost, task.past.trialsCounted]).toEqual(["queued", 1, 1]);
    scene.report(failed, "failed");
    expect([task.past.trialsCounted, scene.late.length]).toEqual([1, 1]);
  });

  it("is forgotten after its time", () => {
    const { scene, worker } = cutOff();
    scene.later(3_700_000, { isSilent: true });
    expect(scene.state.workers.has(worker.id)).toBe(false);
    expect(scene.state.sessions.size).toBe(0);
  });

  it("is not forgotten for an earlier loss, once it is back", () => {
    const { scene, worker } = cutOff();
    comeBack(scene, worker, []);
    expect(scene.state.deadlines.size).toBe(1);
  });
});
