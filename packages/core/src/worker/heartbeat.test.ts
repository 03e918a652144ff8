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
});
