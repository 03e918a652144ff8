import { describe, expect, it } from "vitest";
import { pauseTaskset } from "../command/cancel.js";
import { Scene } from "../world/scene.test.support.js";

const policy = { concurrency: { key: "k", limit: 1 } };

describe("a concurrency key", () => {
  it("is never exceeded, by offers and trials together", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 4 });
    for (let count = 0; count < 3; count += 1) scene.launch({ policy: { concurrency: { key: "k", limit: 2 } } });
    scene.run();
    expect(scene.offers(worker)).toHaveLength(2);
  });

  it("passes on a permit that the first who waits cannot use", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 2 });
    const holder = scene.granted({ policy });
    const [first, second] = [scene.taskset([{ policy }]), scene.taskset([{ policy }])];
    scene.run();
    // The taskset that waits longest is paused: its turn must not end with it.
    scene.act((state, now) => pauseTaskset(state, first, false, now));
    scene.report(holder, "succeeded");
    expect(scene.offers(worker).map(({ task }) => task.taskset)).toEqual([second]);
  });

  it("lets those go on that wait when its limit is raised", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 4 });
    for (let count = 0; count < 3; count += 1) scene.launch({ policy });
    scene.run();
    expect(scene.offers(worker)).toHaveLength(1);
    scene.launch({ policy: { concurrency: { key: "k", limit: 3 } } });
    scene.run();
    expect(scene.offers(worker)).toHaveLength(3);
  });
});
