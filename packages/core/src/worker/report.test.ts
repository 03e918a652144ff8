import { describe, expect, it } from "vitest";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { Scene } from "../world/scene.test.support.js";
import { takeHeartbeat } from "./heartbeat.js";
import { takeReport } from "./report.js";

function tell(scene: Scene, worker: Worker, trial: Trial, token = trial.token): void {
  const report = { type: "result", trial: trial.id, token: "", status: "succeeded" } as const;
  const facts = { timings: { durationMs: 1 }, hasBegun: true } as const;
  scene.act((state, now) => takeReport(state, worker, { report: { ...report, ...facts }, token }, now));
  scene.run();
}

describe("a report", () => {
  it("with the token of the lease ends the trial, and is answered after the commit", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted();
    scene.mail(worker);
    tell(scene, worker, trial);
    expect(trial.task.status).toBe("succeeded");
    expect(scene.mailTypes(worker)).toEqual(["accepted"]);
  });

  it("under another token is left to the store, and changes nothing", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted();
    tell(scene, worker, trial, { ...trial.token, epoch: trial.token.epoch + 1 });
    expect([trial.task.status, scene.late.length]).toEqual(["granted", 1]);
  });

  it("of a worker that does not hold the lease is left to the store, and changes nothing", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 1 });
    const trial = scene.granted();
    tell(scene, scene.worker("two"), trial);
    expect([trial.task.status, scene.late.length]).toEqual(["granted", 1]);
  });
});

describe("a heartbeat", () => {
  it("says that the trials run which it names, if they are its worker's", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const trial = scene.granted();
    const two = scene.worker("two");
    scene.mail(two);
    scene.act((state, now) => takeHeartbeat(state, two, { sequence: 1, trials: [trial.id] }, now));
    scene.run();
    expect(trial.status).toBe("granted");
    expect(scene.mail(two)).toEqual([{ type: "heartbeat", sequence: 1, unknown: [trial.id] }]);
    scene.act((state, now) => takeHeartbeat(state, one, { sequence: 1, trials: [trial.id] }, now));
    expect([trial.status, trial.task.status]).toEqual(["running", "running"]);
  });

  it("ends what its worker does not know, but not a grant that may be under way", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted();
    const beat = () => scene.act((state, now) => takeHeartbeat(state, worker, { sequence: 1, trials: [] }, now));
    beat();
    expect(trial.task.status).toBe("granted");
    scene.later(10_000);
    beat();
    expect([trial.task.status, trial.task.past.trialsLost]).toEqual(["queued", 1]);
    expect(scene.state.counts.sweepMended).toBe(1);
  });
});
