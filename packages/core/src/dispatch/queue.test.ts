import fc from "fast-check";
import { expect, it } from "vitest";
import type { Task } from "../state/task.js";
import { Scene } from "../world/scene.test.support.js";
import { dequeue, enqueue } from "./queue.js";
import { isTaskBefore } from "./task-class.js";

const step = fc.tuple(fc.constantFrom("take" as const, "return" as const, "returnToFront" as const), fc.nat(11));

it("always has the first of its tasks at its head, from wherever tasks are taken and returned", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const scene = new Scene();
      const tasks = Array.from({ length: 12 }, () => scene.launch());
      const { taskClass } = tasks[0]!;
      for (const [what, at] of steps) {
        const task = tasks[at]!;
        if (what === "take") dequeue(scene.state, task);
        else if (!task.isQueued) {
          task.isFront = what === "returnToFront";
          enqueue(scene.state, task);
        }
        const queued = tasks.filter(({ isQueued }) => isQueued);
        const before = (left: Task, right: Task): number => (isTaskBefore(left, right) ? -1 : 1);
        expect(taskClass.head).toBe(queued.toSorted(before)[0]);
        expect(taskClass.queue.size).toBeLessThanOrEqual(tasks.length);
      }
    }),
    { numRuns: 300 },
  );
});
