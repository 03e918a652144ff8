import { describe, expect, it } from "vitest";
import { Scene } from "../world/scene.test.support.js";
import { quarantine } from "./rest.js";

describe("a retry", () => {
  it("goes to another worker when one is free", () => {
    const scene = new Scene();
    const [one, two] = [scene.worker("one", { slots: 1 }), scene.worker("two", { slots: 1, credits: 0 })];
    const trial = scene.granted({ profile: "test" });
    scene.ask(one);
    scene.ask(two);
    scene.report(trial, "failed");
    expect([scene.offers(one).length, scene.offers(two).length]).toEqual([0, 1]);
  });

  it("goes to the same worker when no other is free", () => {
    const scene = new Scene();
    const [one, two] = [scene.worker("one", { slots: 1 }), scene.worker("two", { slots: 1, credits: 0 })];
    const trial = scene.granted({ profile: "test" });
    scene.ask(one);
    scene.report(trial, "failed");
    expect([scene.offers(one).length, scene.offers(two).length]).toEqual([1, 0]);
  });

  it("goes to the same worker when those that are free are kept from its taskset", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const taskset = scene.taskset([{}]);
    const trial = (scene.run(), scene.accept([...taskset.tasks][0]!)!);
    const two = scene.worker("two");
    scene.act((state, now) => quarantine(state, two, { scope: "taskset", name: taskset.id, reason: "test", now }));
    scene.ask(one);
    scene.report(trial, "failed");
    expect(scene.offered(one)).toEqual(["0"]);
  });

  it("goes to the same worker when the taskset may use no other", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    const taskset = scene.taskset([{}, {}], { maxWorkers: 1 });
    scene.run();
    const trials = [...taskset.tasks].map((task) => scene.accept(task)!);
    scene.worker("two");
    scene.ask(one);
    scene.report(trials[0]!, "failed");
    expect(scene.offered(one)).toEqual(["0"]);
  });
});
