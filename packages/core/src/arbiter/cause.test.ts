import { describe, expect, it } from "vitest";
import { Scene } from "../world/scene.test.support.js";

describe("the cause of a failed task", () => {
  it.each(["failed", "timeout", "error"] as const)("is that of its last trial: %s", (status) => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { maxTrials: 1 } });
    scene.report(trial, status);
    expect(trial.task.verdict).toMatchObject({ status: "failed", cause: status });
    expect(scene.disk.finished.get(trial.task.id)).toMatchObject({ cause: status });
  });

  it("is lost when its trial was, and it must not run twice", () => {
    const scene = new Scene();
    scene.worker("one");
    const { task } = scene.granted({ policy: { safeToRerun: false } });
    scene.later(10_000, { isSilent: true });
    expect(task.verdict).toMatchObject({ status: "failed", cause: "lost" });
  });

  it("is no-more-losses when the budget of losses is spent", () => {
    const scene = new Scene();
    scene.worker("one");
    const { task } = scene.granted({ policy: { maxLosses: 0 } });
    scene.later(10_000, { isSilent: true });
    expect(task.verdict).toMatchObject({ status: "failed", cause: "no-more-losses" });
  });

  it("is expired when it waited too long", () => {
    const scene = new Scene();
    const task = scene.launch({ policy: { expiresMs: 1_000 } });
    scene.later(2_000);
    expect(task.verdict).toMatchObject({ status: "failed", cause: "expired" });
  });
});

describe("a task that says that it had nothing to do", () => {
  it("is skipped, and its taskset succeeds with it", () => {
    const scene = new Scene();
    scene.worker("one");
    const taskset = scene.taskset([{}, {}]);
    const [first, second] = taskset.tasks;
    scene.run();
    scene.report(scene.accept(first!)!, "skipped");
    scene.report(scene.accept(second!)!, "succeeded");
    expect([first!.verdict!.status, taskset.status]).toEqual(["skipped", "succeeded"]);
    expect(scene.disk.tasksets.get(taskset.id)?.counts).toMatchObject({ skipped: 1, succeeded: 1, failed: 0 });
  });
});
