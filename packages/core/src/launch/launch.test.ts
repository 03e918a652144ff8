import { describe, expect, it } from "vitest";
import { checkNoLeaks } from "../check/check-state.js";
import { Scene } from "../world/scene.test.support.js";
import { discardTaskset } from "./launch.js";

describe("a streamed launch", () => {
  it("runs nothing before it is sealed", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.launch({ key: "a" }, scene.open());
    scene.run();
    expect(scene.offered(worker)).toEqual([]);
  });

  it("vanishes whole when it breaks: rows, classes, demands and gates", () => {
    const scene = new Scene();
    const taskset = scene.open();
    scene.launch({ key: "a", policy: { concurrency: { key: "k" }, labels: ["gpu"] }, delayMs: 5_000 }, taskset);
    scene.launch({ key: "b", policy: { expiresMs: 1_000 } }, taskset);
    scene.run();
    scene.act((state, now) => discardTaskset(state, taskset, now));
    scene.later(2_000);
    expect(scene.disk.tasks.size + scene.disk.tasksets.size + scene.disk.finished.size).toBe(0);
    expect(scene.state.demands.size + scene.state.gates.size).toBe(0);
    checkNoLeaks(scene.state);
  });
});
