import { describe, expect, it } from "vitest";
import { pauseTaskset } from "../command/cancel.js";
import { Scene } from "../world/scene.test.support.js";
import { declineOffer } from "./decline.js";

describe("an offer that came to nothing", () => {
  it("is recorded when it is declined, with the worker's reason, and is no trial", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const task = scene.launch();
    scene.run();
    const { number } = scene.offerOf(task);
    const declined = { offer: number, reason: "no-memory", message: "2 GiB are free" } as const;
    scene.act((state, now) => declineOffer(state, worker, declined, now));
    scene.run();
    expect(scene.disk.offers).toMatchObject([
      { task: task.id, number, workerName: "one", outcome: "declined", reason: "no-memory: 2 GiB are free" },
    ]);
    expect([task.trialsTotal, task.status]).toEqual([0, "queued"]);
  });

  it("is recorded when it is not answered", () => {
    const scene = new Scene();
    scene.worker("one");
    const task = scene.launch();
    scene.later(3_000);
    expect(scene.disk.offers[0]).toMatchObject({ task: task.id, outcome: "expired" });
  });

  it("is recorded when its acceptance is halted", () => {
    const scene = new Scene();
    scene.worker("one");
    const taskset = scene.taskset([{}]);
    const [task] = taskset.tasks;
    scene.run();
    scene.act((state, now) => pauseTaskset(state, taskset, false, now));
    expect(scene.accept(task!)).toBeUndefined();
    scene.run();
    expect(scene.disk.offers).toMatchObject([{ task: task!.id, outcome: "halted", reason: "paused" }]);
  });

  it("leaves no record when it led to a trial", () => {
    const scene = new Scene();
    scene.worker("one");
    scene.report(scene.granted(), "succeeded");
    expect(scene.disk.offers).toEqual([]);
  });
});
