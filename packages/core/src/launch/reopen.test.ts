import { describe, expect, it } from "vitest";
import { cancelTask, cancelTaskset } from "../command/cancel.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import { Scene } from "../world/scene.test.support.js";
import { rebuildTaskset } from "./load.js";
import { reopenTasks } from "./reopen.js";

function rerun(
  scene: Scene,
  { id }: Task,
  { taskset = null, isForced = false }: { taskset?: Taskset | null; isForced?: boolean } = {},
): Task {
  const row = scene.disk.finished.get(id)!;
  const reopening = { row, spec: scene.specOfTask(id), partition: 0 };
  scene.act((state, now) => reopenTasks(state, [reopening], { taskset, isForced, now }));
  scene.run();
  return scene.state.tasks.get(id)!;
}

describe("a rerun", () => {
  it("opens the next round with new budgets, and goes on counting trials", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const trial = scene.granted({ policy: { maxTrials: 1 } });
    scene.report(trial, "failed");
    expect(trial.task.verdict?.status).toBe("failed");
    scene.ask(worker);
    const again = rerun(scene, trial.task);
    expect([again.round, again.past.trialsCounted]).toEqual([2, 0]);
    const second = scene.accept(again)!;
    scene.run();
    expect(second.n).toBe(2);
    scene.report(second, "succeeded");
    expect(scene.disk.finished.get(again.id)).toMatchObject({
      status: "succeeded",
      round: 2,
      trialsTotal: 2,
      isFlaky: false,
    });
    expect(scene.disk.trials.get(`${again.id} 1`)).toMatchObject({ status: "failed", round: 1 });
  });

  it("that is cancelled before anything of it was stored ends the next round all the same", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { maxTrials: 1 } });
    scene.report(trial, "failed");
    const { id } = trial.task;
    const reopening = { row: scene.disk.finished.get(id)!, spec: scene.specOfTask(id), partition: 0 };
    scene.act((state, now) => {
      reopenTasks(state, [reopening], { taskset: null, isForced: false, now });
      cancelTask(state, state.tasks.get(id)!, now);
    });
    scene.run();
    expect(scene.disk.tasks.has(id)).toBe(false);
    expect(scene.disk.finished.get(id)).toMatchObject({ status: "cancelled", round: 2, lastTrial: null });
    expect(scene.disk.trials.get(`${id} 1`)).toMatchObject({ status: "failed", round: 1 });
  });

  it("of a task that is not safe to rerun asks for force, and changes nothing without", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ policy: { safeToRerun: false, maxTrials: 1 } });
    scene.report(trial, "failed");
    expect(() => rerun(scene, trial.task)).toThrow(expect.objectContaining({ code: "unsafe-rerun" }));
    expect(scene.state.tasks.size).toBe(0);
    expect(rerun(scene, trial.task, { isForced: true }).round).toBe(2);
  });

  it("brings the final taskset of the task back", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{}, { policy: { maxTrials: 1 } }]);
    const [good, bad] = [...taskset.tasks] as [Task, Task];
    scene.run();
    scene.report(scene.accept(good)!, "succeeded");
    scene.report(scene.accept(bad)!, "failed");
    expect(taskset.status).toBe("failed");
    scene.ask(worker);
    const revived = rebuildTaskset(scene.state, scene.disk.tasksets.get(taskset.id)!, 0);
    const again = rerun(scene, bad, { taskset: revived });
    expect(revived).toMatchObject({
      status: "pending",
      round: 2,
      counts: { total: 2, succeeded: 1, failed: 0, queued: 1 },
    });
    scene.report(scene.accept(again)!, "succeeded");
    expect(scene.disk.tasksets.get(taskset.id)).toMatchObject({ status: "succeeded", round: 2 });
  });

  it("is refused while the taskset is being cancelled: nobody would cancel what came back", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const taskset = scene.taskset([{}, {}]);
    const [first, second] = [...taskset.tasks] as [Task, Task];
    scene.run();
    scene.report(scene.accept(first)!, "succeeded");
    scene.accept(second);
    scene.act((state, now) => cancelTaskset(state, taskset, now));
    scene.run();
    expect(second.status).toBe("cancelling");
    expect(() => rerun(scene, first, { taskset })).toThrow(expect.objectContaining({ code: "not-final" }));
    scene.report(worker.trials.values().next().value!, "stopped");
    expect(taskset.status).toBe("cancelled");
  });
});
