import { describe, expect, it } from "vitest";
import { Scene } from "../world/scene.test.support.js";
import { cancelTaskset } from "./cancel.js";

describe("cancelling a taskset whose launch is under way", () => {
  it("cancels what was launched of it", () => {
    const scene = new Scene();
    const taskset = scene.open();
    const task = scene.launch({ key: "a" }, taskset);
    scene.act((state, now) => cancelTaskset(state, taskset, now));
    scene.run();
    expect([task.status, taskset.status]).toEqual(["cancelled", "cancelled"]);
  });

  it("ends it as cancelled though it has no task yet", () => {
    const scene = new Scene();
    const taskset = scene.open();
    scene.act((state, now) => cancelTaskset(state, taskset, now));
    expect(taskset.status).toBe("cancelled");
  });
});
