import { describe, expect, it } from "vitest";
import { bareReport, endTrial } from "../arbiter/end-trial.js";
import { cancelTask, pauseTaskset } from "../command/cancel.js";
import type { Task } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import { takeHeartbeat } from "../worker/heartbeat.js";
import { dropConnection } from "../worker/join.js";
import type { Held } from "../world/remote.test.support.js";
import { Scene } from "../world/scene.test.support.js";

/** The trial as its worker holds it. */
function held({ id, task, token }: Trial): Held {
  const { revision } = task.taskClass.spec;
  return { id, task: task.id, token, revision, isSafe: true, state: "running", stop: null, report: null };
}

describe("an engine that starts on what another left", () => {
  it("counts anew what is unfinished of a taskset: a grant may have left no trace", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}, {}]);
    scene.run();
    scene.accept([...taskset.tasks][0]!);
    scene.run();
    expect(taskset.counts).toMatchObject({ queued: 1, running: 1 });
    // The row of a safe task that was granted just now is not written yet, that of the taskset is.
    scene.crash();
    expect(scene.state.tasksets.get(taskset.id)?.counts).toMatchObject({ queued: 2, running: 0 });
  });

  it.each([
    ["cancel", "cancelled"],
    ["pause", "queued"],
  ] as const)("says a stop for %s again that the one before it had said", (why, status) => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{}]);
    scene.run();
    const trial = scene.accept([...taskset.tasks][0]!)!;
    scene.run();
    scene.act((state, now) => {
      if (why === "cancel") cancelTask(state, trial.task, now);
      else pauseTaskset(state, taskset, true, now);
    });
    scene.run();
    scene.crash();
    const remote = scene.remote(worker);
    remote.held.set(trial.id, held(trial));
    scene.join(remote);
    scene.run();
    expect(remote.held.get(trial.id)?.stop).toBeNull();
    expect(remote.inbox).toMatchObject([{ type: "stop", trial: trial.id, reason: why, graceMs: 5_000 }]);
    const again = scene.state.trials.get(trial.id)!;
    scene.report(again, "stopped");
    expect([again.task.status, again.task.history?.trialsLost ?? 0]).toEqual([status, 0]);
  });

  it("ends as failed what the engine before it was cancelling because too much had failed", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{ policy: { maxTrials: 1 } }, {}], { maxFailures: 1 });
    const [bad, other] = [...taskset.tasks] as [Task, Task];
    scene.run();
    const failing = scene.accept(bad)!;
    const trial = scene.accept(other)!;
    scene.report(failing, "failed");
    expect(taskset.status).toBe("cancelling");
    scene.crash();
    const remote = scene.remote(worker);
    remote.held.set(trial.id, held(trial));
    scene.join(remote);
    scene.run();
    scene.report(scene.state.trials.get(trial.id)!, "stopped");
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({
      status: "failed",
      cause: expect.stringContaining("maxFailures") as string,
    });
    expect(scene.disk.finished.get(other.id)).toMatchObject({ status: "cancelled", cause: "fail-fast" });
  });

  it.each(["running", "ended"] as const)("takes in a %s trial whose grant left no trace", (state) => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted({});
    scene.crash();
    const remote = scene.remote(worker);
    remote.held.set(trial.id, { ...held(trial), state });
    scene.join(remote);
    const adopted = scene.state.trials.get(trial.id)!;
    scene.report(adopted, "succeeded");
    expect(adopted.task).toMatchObject({ status: "succeeded", trialsTotal: 1 });
  });

  it("wants the report of a trial that ended before it heard of its stop", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted({});
    const remote = scene.remote(worker);
    remote.held.set(trial.id, { ...held(trial), state: "ended" });
    scene.act((state) => dropConnection(state, worker));
    scene.act((state, now) => cancelTask(state, trial.task, now));
    scene.join(remote);
    expect(remote.held.has(trial.id)).toBe(true);
    scene.report(trial, "succeeded");
    expect(trial.task.status).toBe("cancelled");
  });

  it("does not take in again a trial whose report was accepted and whose answer was lost", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const first = scene.granted({ policy: { backoff: { initialMs: 0 } } });
    const { task } = first;
    scene.act((state, now) => endTrial(state, first, bareReport("lost", "gone"), now));
    scene.run();
    const second = scene.accept(task)!;
    const remote = scene.remote(worker);
    remote.held.set(second.id, { ...held(second), state: "ended" });
    scene.report(second, "failed");
    scene.act((state) => dropConnection(state, worker));
    scene.join(remote);
    expect(scene.state.trials.has(second.id)).toBe(false);
    expect(task.past).toMatchObject({ trialsLost: 1, trialsCounted: 1 });
  });

  it("gives a worker the whole time to answer a stop that reaches it only when it is back", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted({ policy: { leaseMs: 3_600_000 } });
    const remote = scene.remote(worker);
    remote.held.set(trial.id, held(trial));
    scene.act((state) => dropConnection(state, worker));
    scene.act((state, now) => cancelTask(state, trial.task, now));
    scene.later(60_000, { isSilent: true });
    scene.join(remote);
    const heartbeat = { sequence: 1, trials: [trial.id] };
    scene.act((state, now) => takeHeartbeat(state, worker, heartbeat, now));
    expect(trial.task.status).toBe("cancelling");
  });
});
