import { describe, expect, it } from "vitest";
import type { Task } from "../state/task.js";
import { reopenTasks } from "../launch/reopen.js";
import { rebuildTaskset } from "../launch/load.js";
import { Scene } from "../world/scene.test.support.js";
import { countExamples } from "./example-count.js";

describe("the examples of a taskset", () => {
  it("are those of the files that have their verdict, each by its last trial", () => {
    const scene = new Scene();
    const taskset = scene.taskset([{}]);
    expect(taskset.counts.examples).toBeUndefined();
    countExamples(taskset, '{"passed":3,"failed":1,"skipped":2}', 1);
    countExamples(taskset, '{"passed":1,"failed":0,"skipped":0,"other":7}', 1);
    expect(taskset.counts.examples).toEqual({ passed: 4, failed: 1, skipped: 2 });
    countExamples(taskset, '{"passed":3,"failed":1,"skipped":2}', -1);
    expect(taskset.counts.examples).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it.each([
    null,
    "{}",
    '{"passed":1}',
    '{"passed":1,"failed":0,"skipped":0.5}',
    '{"passed":-1,"failed":0,"skipped":0}',
  ])("are none where a trial counts %s", (countsJson) => {
    const taskset = new Scene().taskset([{}]);
    countExamples(taskset, countsJson, 1);
    expect(taskset.counts.examples).toBeUndefined();
  });

  it("are in the row of the taskset, and taken back when a file is run again", () => {
    const scene = new Scene();
    scene.worker("one");
    const taskset = scene.taskset([{ policy: { maxTrials: 1 } }]);
    const [task] = [...taskset.tasks] as [Task];
    scene.run();
    scene.report(scene.accept(task)!, "failed", { counts: { passed: 1, failed: 1, skipped: 0 } });
    scene.run();
    const row = scene.disk.tasksets.get(taskset.id)!;
    expect(row.counts.examples).toEqual({ passed: 1, failed: 1, skipped: 0 });
    const again = rebuildTaskset(scene.state, row, 0);
    const reopening = { row: scene.disk.finished.get(task.id)!, spec: scene.specOfTask(task.id), partition: 0 };
    scene.act((state, now) => reopenTasks(state, [reopening], { taskset: again, isForced: false, now }));
    expect(again.counts.examples).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});
