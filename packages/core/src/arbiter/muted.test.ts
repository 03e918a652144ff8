import { describe, expect, it } from "vitest";
import { reopenTasks } from "../launch/reopen.js";
import type { Task } from "../state/task.js";
import { Scene } from "../world/scene.test.support.js";

const once = { policy: { maxTrials: 1 } };

/** A taskset of as many tasks as there are statuses; each ends with its own. */
function ended(
  statuses: readonly ("failed" | "succeeded")[],
  muted: readonly string[],
  limits: { maxFailures?: number } = {},
) {
  const scene = new Scene();
  const worker = scene.worker("one", { slots: 1 });
  const taskset = scene.taskset(
    statuses.map(() => once),
    limits,
    { muted },
  );
  const tasks = [...taskset.tasks];
  for (const [at, status] of statuses.entries()) {
    scene.ask(worker);
    scene.run();
    if (tasks[at]!.offer !== null) scene.report(scene.accept(tasks[at]!)!, status);
  }
  return { scene, worker, taskset, tasks };
}

describe("a muted task", () => {
  it("fails without failing its taskset, and is counted", () => {
    const { scene, taskset } = ended(["failed", "succeeded"], ["0", "not there"]);
    expect(taskset).toMatchObject({ status: "succeeded", counts: { failed: 1, muted: 1, succeeded: 1 } });
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({ muted: ["0", "not there"], counts: { muted: 1 } });
  });

  it("hides no failure of another", () => {
    expect(ended(["failed", "failed"], ["0"]).taskset).toMatchObject({
      status: "failed",
      counts: { failed: 2, muted: 1 },
    });
    expect(ended(["succeeded", "failed"], ["0"]).taskset).toMatchObject({ status: "failed", counts: { muted: 0 } });
  });

  it("does not count for maxFailures", () => {
    const { taskset } = ended(["failed", "succeeded", "failed", "succeeded"], ["0"], { maxFailures: 1 });
    expect(taskset).toMatchObject({ status: "failed", counts: { failed: 2, muted: 1, succeeded: 1, cancelled: 1 } });
    expect(taskset.cause).toBe("1 task failed, maxFailures is 1");
  });

  it("is counted anew when it is run again", () => {
    const { scene, worker, taskset, tasks } = ended(["failed"], ["0"]);
    const { id } = tasks[0]!;
    const reopening = { row: scene.disk.finished.get(id)!, spec: scene.specOfTask(id), partition: 0 };
    scene.act((state, now) => reopenTasks(state, [reopening], { taskset, isForced: false, now }));
    expect(taskset.counts).toMatchObject({ failed: 0, muted: 0 });
    scene.ask(worker);
    scene.run();
    const again = scene.state.tasks.get(id) as Task;
    scene.report(scene.accept(again)!, "failed");
    expect(taskset).toMatchObject({ status: "succeeded", counts: { failed: 1, muted: 1 } });
  });
});
