import { describe, expect, it } from "vitest";
import { cancelTask } from "../command/cancel.js";
import type { Trial } from "../state/trial.js";
import { Scene } from "../world/scene.test.support.js";
import { takeHeartbeat } from "./heartbeat.js";

/** The worker goes on giving signs of life; what it says that it runs. */
function beat(scene: Scene, { worker }: Trial, trials?: readonly string[]): void {
  const heartbeat = { sequence: 1, ...(trials === undefined ? {} : { trials }) };
  scene.act((state, now) => takeHeartbeat(state, worker, heartbeat, now));
  scene.run();
}

describe("a worker that lives and says nothing of a trial", () => {
  it("has until the grace and a margin to answer a stop", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { stopGraceMs: 2_000 } });
    scene.act((state, now) => cancelTask(state, trial.task, now));
    scene.later(7_000);
    beat(scene, trial, [trial.id]);
    expect(trial.task.status).toBe("cancelling");
    scene.later(1_000);
    beat(scene, trial, [trial.id]);
    expect(trial.task.status).toBe("cancelled");
    expect(scene.state.counts.sweepMended).toBe(1);
  });

  it("loses one that it does not name, as when its report was lost with it", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted();
    scene.later(9_000);
    beat(scene, trial, []);
    expect(trial.task.trials).toEqual([trial]);
    scene.later(1_000);
    beat(scene, trial, []);
    expect(trial.task.trials).toEqual([]);
    expect(trial.task).toMatchObject({ status: "offered", past: { trialsLost: 1 } });
  });

  it.each([
    ["node", 0],
    ["command", 605_000],
  ] as const)(
    "has until the hard limit, the grace and a margin to end one of the runtime %s; setup comes on top",
    (...[runtime, setupMs]) => {
      const scene = new Scene();
      scene.worker("one", { runtimes: [runtime] });
      const trial = scene.granted({ runtime, policy: { timeoutMs: 60_000, stopGraceMs: 2_000 } });
      const endMs = setupMs + trial.times.hardMs + 2_000 + 5_000;
      scene.later(endMs);
      beat(scene, trial, [trial.id]);
      expect(trial.task.trials).toEqual([trial]);
      scene.later(1_000);
      beat(scene, trial, [trial.id]);
      expect(trial.task).toMatchObject({ trials: [], past: { trialsCounted: 1 } });
    },
  );

  it("is a loss when it is not safe to rerun, so that nothing runs again of which nobody knows how it ended", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { timeoutMs: 2_000, stopGraceMs: 0, safeToRerun: false } });
    beat(scene, trial, [trial.id]);
    scene.later(trial.times.hardMs + 10_000);
    beat(scene, trial);
    expect(trial.task).toMatchObject({ trials: [], verdict: { status: "failed", cause: "lost" } });
  });

  it("is not asked for one that is not safe to rerun while the store has not let its grant go", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { timeoutMs: 2_000, stopGraceMs: 0, safeToRerun: false } });
    trial.leavesWith = scene.state.batchCommitted + 1;
    scene.later(60_000);
    beat(scene, trial, []);
    expect(trial.task.trials).toEqual([trial]);
    trial.leavesWith = scene.state.batchCommitted;
    beat(scene, trial);
    scene.later(10_000);
    beat(scene, trial, []);
    expect(trial.task).toMatchObject({ trials: [], status: "failed" });
  });

  it("may begin one that is not safe to rerun as late as its lease allows, until it has named it", () => {
    const scene = new Scene();
    scene.worker("one");
    const policy = { timeoutMs: 2_000, stopGraceMs: 0, safeToRerun: false, leaseMs: 20_000 };
    const [late, known] = [scene.granted({ policy }), scene.granted({ policy })];
    const limitMs = known.times.hardMs + 5_000;
    beat(scene, known, [known.id, late.id]);
    late.knownMonoMs = null;
    scene.later(limitMs + 1_000);
    beat(scene, known);
    expect([late.task.trials, known.task.trials]).toEqual([[late], []]);
    scene.later(20_000);
    beat(scene, known);
    expect(late.task.trials).toEqual([]);
  });
});
