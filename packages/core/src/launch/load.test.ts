import { describe, expect, it } from "vitest";
import { Scene } from "../world/scene.test.support.js";

describe("an engine that starts on what another left", () => {
  it("counts anew what is unfinished of a taskset: a grant may have left no trace", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}, {}]);
    scene.run();
    scene.accept(taskset.tasks[0]!);
    scene.run();
    expect(taskset.counts).toMatchObject({ queued: 1, running: 1 });
    // The row of a safe task that was granted just now is not written yet, that of the taskset is.
    scene.crash();
    expect(scene.state.tasksets.get(taskset.id)?.counts).toMatchObject({ queued: 2, running: 0 });
  });
});
