import type { Workspace } from "@capstan/protocol";
import { describe, expect, it } from "vitest";
import { cancelTaskset } from "../command/cancel.js";
import { declineOffer } from "../dispatch/decline.js";
import { reopenTasks } from "../launch/reopen.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Worker } from "../state/worker.js";
import { Scene } from "../world/scene.test.support.js";
import { drainWorker } from "./acquire.js";
import { notePhase, noteWorkspaceReady } from "./workspace.js";

const workspace: Workspace = { tree: { digest: `sha256:${"0".repeat(64)}`, bytes: 9 } };

/** The worker says that it has to fetch the workspace first. */
function decline(scene: Scene, worker: Worker): void {
  const [offer] = scene.offers(worker);
  scene.act((state, now) => declineOffer(state, worker, { offer: offer!.number, reason: "no-workspace" }, now));
  scene.ask(worker);
}

function ready(scene: Scene, worker: Worker, taskset: Taskset): void {
  scene.act((state) => noteWorkspaceReady(state, worker, taskset.id));
  scene.run();
}

function fail(scene: Scene, worker: Worker, taskset: Taskset): void {
  const end = {
    taskset: taskset.id,
    phase: "setup",
    status: "failed",
    durationMs: 12,
    message: "no compiler",
  } as const;
  scene.act((state, now) => notePhase(state, worker, end, now));
  scene.run();
}

function clean(scene: Scene, worker: Worker, { id }: Taskset): void {
  const end = { taskset: id, phase: "cleanUp", status: "succeeded", durationMs: 1 } as const;
  scene.act((state, now) => notePhase(state, worker, end, now));
  scene.run();
}

function rerun(scene: Scene, { id }: Task, taskset: Taskset): void {
  const reopening = { row: scene.disk.finished.get(id)!, spec: scene.specOfTask(id), partition: 0 };
  scene.act((state, now) => reopenTasks(state, [reopening], { taskset, isForced: false, now }));
  scene.run();
}

function messages(scene: Scene, worker: Worker): string[] {
  const types = scene.remote(worker).inbox.map(({ type }) => type);
  return types.filter((type) => type === "offer" || type === "revoke" || type === "halt");
}

function keys(scene: Scene, ...workers: Worker[]): string[] {
  return workers.flatMap((worker) => scene.offered(worker));
}

describe("a taskset with a workspace", () => {
  it("says so in its offers, and keeps a worker that is getting ready free for other work", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], null, { workspace });
    scene.run();
    expect(scene.remote(worker).inbox.at(-1)).toMatchObject({ type: "offer", needsWorkspace: true });
    decline(scene, worker);
    const lone = scene.launch({ key: "lone" });
    scene.run();
    expect(keys(scene, worker)).toEqual(["lone"]);
    scene.report(scene.accept(lone)!, "succeeded");
    scene.ask(worker);
    scene.run();
    expect(keys(scene, worker)).toEqual([]);
    ready(scene, worker, taskset);
    expect(keys(scene, worker)).toEqual(["0"]);
  });

  it("is kept from a worker that does not get ready, and goes on elsewhere", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}, {}], null, { workspace });
    scene.run();
    decline(scene, one);
    const two = scene.worker("two", { slots: 1 });
    scene.run();
    fail(scene, one, taskset);
    expect(one.quarantines).toMatchObject([
      { scope: "taskset", name: taskset.id, reason: "setup failed: no compiler" },
    ]);
    expect(scene.disk.phases).toMatchObject([{ workerName: "one", phase: "setup", status: "failed", durationMs: 12 }]);
    for (const task of [...taskset.tasks]) {
      expect(keys(scene, one)).toEqual([]);
      scene.report(scene.accept(task)!, "succeeded");
      scene.ask(two);
      scene.run();
    }
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({ status: "succeeded" });
  });

  it("fails with the last worker that could run it, also when one is there that could not", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1, labels: ["big"] });
    scene.worker("other");
    const taskset = scene.taskset([{ policy: { labels: ["big"] } }], null, { workspace });
    scene.run();
    decline(scene, one);
    fail(scene, one, taskset);
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({
      status: "failed",
      cause: "no worker is left that is ready for it; one: setup failed: no compiler",
      counts: { cancelled: 1 },
    });
  });

  it("goes on where it runs when that worker is drained and the one after it does not get ready", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}, {}], null, { workspace });
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    const trial = scene.accept(task)!;
    scene.act((state, now) => drainWorker(state, one, { isDraining: true, reason: "it is replaced", now }));
    const two = scene.worker("two", { slots: 1 });
    scene.run();
    fail(scene, two, taskset);
    expect([taskset.status, trial.stopReason]).toEqual(["running", null]);
    scene.report(trial, "succeeded");
    expect(scene.disk.finished.get(task.id)).toMatchObject({ status: "succeeded" });
  });

  it("fails with the first when it insists on all", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    scene.worker("two", { slots: 1 });
    const taskset = scene.taskset([{}, {}], null, { workspace: { ...workspace, isStrict: true } });
    scene.run();
    fail(scene, one, taskset);
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({
      status: "failed",
      cause: "one: setup failed: no compiler",
    });
  });

  it("is over for those that hold its workspace when it has ended, and for those that come back after it", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], null, { workspace });
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    scene.report(scene.accept(task)!, "succeeded");
    scene.run();
    expect(scene.remote(one).inbox).toContainEqual({ type: "releaseWorkspace", taskset: taskset.id });
    scene.crash();
    const remote = scene.remote(one);
    remote.workspaces = [taskset.id];
    scene.join(remote);
    scene.run();
    expect(remote.inbox).toContainEqual({ type: "releaseWorkspace", taskset: taskset.id });
  });

  it("is offered again to those that were not ready for it, when it is run again", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], null, { workspace });
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    decline(scene, one);
    fail(scene, one, taskset);
    expect([taskset.status, scene.disk.phases.length]).toEqual(["failed", 1]);
    clean(scene, one, taskset);
    rerun(scene, task, taskset);
    expect([one.quarantines, keys(scene, one)]).toEqual([[], ["0"]]);
    decline(scene, one);
    fail(scene, one, taskset);
    expect([one.quarantines.length, taskset.status]).toEqual([1, "failed"]);
  });

  it("hears of the setup of its second round, also when the clean-up of the first is told after its begin", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{ policy: { maxTrials: 1 } }], null, { workspace });
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    scene.report(scene.accept(task)!, "failed");
    rerun(scene, task, taskset);
    scene.ask(one);
    scene.run();
    decline(scene, one);
    clean(scene, one, taskset);
    expect(keys(scene, one)).toEqual([]);
    ready(scene, one, taskset);
    expect(keys(scene, one)).toEqual(["0"]);
  });

  it("does not expire before it has left, nor overtakes it when it is taken back", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], null, { workspace });
    scene.turn();
    expect(keys(scene, one)).toEqual(["0"]);
    for (let passed = 0; passed < 3; passed += 1) {
      scene.nowMs += scene.state.config.offerMs;
      scene.turn();
    }
    expect([keys(scene, one), scene.state.counts.offersExpired, one.rests.size]).toEqual([["0"], 0, 0]);
    scene.act((state, now) => cancelTaskset(state, taskset, now));
    scene.turn();
    expect(messages(scene, one)).toEqual([]);
    scene.run();
    expect(messages(scene, one)).toEqual(["offer", "revoke"]);
  });

  it("expires in its time once it has left", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    scene.taskset([{}], null, { workspace });
    scene.turn();
    scene.run();
    scene.later(2 * scene.state.config.offerMs);
    expect([scene.state.counts.offersExpired, one.rests.size]).toEqual([1, 1]);
    expect(messages(scene, one)).toEqual(["offer", "revoke"]);
  });

  it("hears nothing of a phase from a worker that has nothing to do with it", () => {
    const scene = new Scene();
    const taskset = scene.taskset([{}], null, { workspace });
    const one = scene.worker("one", { slots: 1, runtimes: [] });
    scene.run();
    fail(scene, one, taskset);
    expect([scene.disk.phases, one.quarantines, taskset.status]).toEqual([[], [], "pending"]);
    scene.act((state, now) => cancelTaskset(state, taskset, now));
  });

  it("takes its workspace along through a restart of the engine", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], null, { workspace });
    scene.run();
    decline(scene, one);
    scene.crash();
    const remote = scene.remote(one);
    remote.workspaces = [taskset.id];
    scene.join(remote);
    const again = scene.state.sessions.get(remote.facts!.session)!;
    scene.act((state) => noteWorkspaceReady(state, again, taskset.id));
    scene.ask(again);
    scene.run();
    scene.readStore();
    scene.run();
    expect(scene.offered(again)).toEqual(["0"]);
    expect(remote.inbox).toContainEqual(expect.objectContaining({ type: "offer", needsWorkspace: true }));
  });
});
