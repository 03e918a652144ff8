import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loseWorker } from "../worker/silence.js";
import { reopenTasks } from "../launch/reopen.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Worker } from "../state/worker.js";
import { Scene } from "../world/scene.test.support.js";
import { retriesMax } from "./retry-cap.js";

const cap = (limits: object | null, total: number): number =>
  retriesMax({ facts: { limits }, counts: { total } } as unknown as Taskset);

describe("the retries of a taskset", () => {
  it("are without end when no limit is set, else as many as the least of the limits says", () => {
    expect([cap(null, 7), cap({ maxRetries: 0 }, 7), cap({ maxRetries: 2 }, 7)]).toEqual([Infinity, 0, 2]);
    expect([cap({ maxRetryShare: 0.1 }, 30), cap({ maxRetryShare: 0.05 }, 30), cap({ maxRetryShare: 0 }, 30)]).toEqual([
      3, 2, 0,
    ]);
    expect(cap({ maxRetries: 1, maxRetryShare: 0.5 }, 30)).toBe(1);
  });

  it("of a share are the least whole number that is no less", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 100_000 }), (percent, total) => {
        expect(cap({ maxRetryShare: percent / 100 }, total)).toBe(
          Number((BigInt(percent) * BigInt(total) + 99n) / 100n),
        );
      }),
    );
  });
});

/** Lets the task's next trial fail. */
function fail(scene: Scene, worker: Worker, task: Task): void {
  scene.ask(worker);
  scene.run();
  scene.report(scene.accept(task)!, "failed");
}

describe("a taskset with a cap on its retries", () => {
  it("has them from all its tasks together; then a failed trial is final, and says so", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 3 });
    const taskset = scene.taskset([{}, {}, { policy: { maxTrials: 1 } }], { maxRetries: 1 });
    const [first, second, third] = [...taskset.tasks] as [Task, Task, Task];
    fail(scene, worker, first);
    expect([first.status, taskset.counts.retries]).toEqual(["queued", 1]);
    expect(scene.disk.tasksets.get(taskset.id)?.counts.retries).toBe(1);
    fail(scene, worker, second);
    expect(second.verdict).toMatchObject({ status: "failed", cause: "no-more-retries" });
    fail(scene, worker, third);
    expect(third.verdict).toMatchObject({ status: "failed", cause: "failed" });
    fail(scene, worker, first);
    expect(first.verdict).toMatchObject({ status: "failed", cause: "no-more-retries" });
    expect(taskset.counts).toMatchObject({ failed: 3, retries: 1 });
  });

  it("pays nothing for a loss", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}], { maxRetries: 0 });
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    scene.accept(task);
    scene.run();
    scene.act((state, now) => loseWorker(state, worker, "it died", now));
    expect([task.status, taskset.counts.retries]).toEqual(["queued", 0]);
    scene.worker("two", { slots: 1 });
    scene.run();
    scene.report(scene.accept(task)!, "failed");
    expect(task.verdict).toMatchObject({ status: "failed", cause: "no-more-retries" });
  });

  it("has them anew in its next round", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{ policy: { maxTrials: 2 } }], { maxRetryShare: 1 });
    const [task] = [...taskset.tasks] as [Task];
    fail(scene, worker, task);
    fail(scene, worker, task);
    expect(taskset).toMatchObject({ status: "failed", counts: { retries: 1 } });
    const reopening = { row: scene.disk.finished.get(task.id)!, spec: scene.specOfTask(task.id), partition: 0 };
    scene.act((state, now) => reopenTasks(state, [reopening], { taskset, isForced: false, now }));
    fail(scene, worker, scene.state.tasks.get(task.id)!);
    expect(scene.state.tasks.get(task.id)?.status).toBe("queued");
    expect(taskset.counts.retries).toBe(1);
  });
});
