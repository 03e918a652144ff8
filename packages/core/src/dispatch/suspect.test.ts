import { describe, expect, it } from "vitest";
import type { Task } from "../state/task.js";
import type { Worker } from "../state/worker.js";
import { loseWorker } from "../worker/silence.js";
import { Scene, type WorkerLaunching } from "../world/scene.test.support.js";

const inCompany = { wasAlone: false } as const;

/** Offers as the worker got them since the last look. */
function mailed(scene: Scene, worker: Worker): { task: string; isAlone?: boolean }[] {
  return scene.mail(worker).flatMap((mail) => (mail.type === "offer" ? [mail] : []));
}

/** A machine that takes its trials down with it. */
function lose(scene: Scene, worker: Worker): void {
  scene.act((state, now) => loseWorker(state, worker, "it died", now));
  scene.run();
}

/** A worker that has taken what it was offered. */
function busyWorker(scene: Scene, name: string, options: WorkerLaunching): Worker {
  const worker = scene.worker(name, options);
  scene.run();
  for (const { task } of scene.offers(worker)) scene.accept(task);
  scene.run();
  return worker;
}

describe("suspects of the death of an executor", () => {
  it("ask for an executor of their own from then on", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 3, credits: 2 });
    const trials = [scene.granted(), scene.granted()];
    expect(mailed(scene, worker).map(({ isAlone }) => isAlone)).toEqual([undefined, undefined]);
    for (const trial of trials) scene.report(trial, "error", inCompany);
    scene.ask(worker, 3);
    const other = scene.launch();
    scene.run();
    expect(mailed(scene, worker).map(({ task, isAlone }) => [task, isAlone])).toEqual([
      [trials[0]!.task.id, true],
      [trials[1]!.task.id, true],
      [other.id, undefined],
    ]);
  });

  it("pay for the next death, which was their own", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const { task, ...trial } = scene.granted({ profile: "test" });
    scene.report(task.trials[0]!, "error", inCompany);
    expect([trial.n, task.past.trialsCounted, task.past.suspicions]).toEqual([1, 0, 1]);
    for (const counted of [1, 2, 3]) {
      scene.ask(worker);
      scene.run();
      scene.report(scene.accept(task)!, "error");
      expect(task.past.trialsCounted).toBe(counted);
    }
    expect(task.verdict).toMatchObject({ status: "failed", cause: "error" });
  });
});

describe("suspects of the death of a machine", () => {
  it("share executors as before: the first time most machines go down by themselves", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    scene.granted();
    scene.granted();
    lose(scene, one);
    const two = scene.worker("two", { slots: 2 });
    scene.run();
    expect(mailed(scene, two).map(({ isAlone }) => isAlone)).toEqual([undefined, undefined]);
  });

  it("go to different workers when those are free", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    const [first, second] = [scene.granted().task, scene.granted().task];
    lose(scene, one);
    const two = scene.worker("two", { slots: 2, credits: 1 });
    scene.run();
    expect(scene.offered(two)).toEqual([first.id]);
    scene.act(() => {
      scene.ask(two);
      scene.worker("three", { slots: 1 });
    });
    scene.run();
    expect([scene.offered(two), second.offer?.worker.facts.name]).toEqual([[first.id], "three"]);
  });

  it("wait for one another after a second death in company, and hold nobody else up", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    const [first, second] = [scene.granted().task, scene.granted().task];
    lose(scene, one);
    lose(scene, busyWorker(scene, "two", { slots: 2 }));
    expect([first.past.suspicions, second.past.suspicions]).toEqual([2, 2]);
    const other = scene.launch();
    const three = scene.worker("three", { slots: 3 });
    scene.run();
    expect(scene.offered(three)).toEqual([first.id, other.id]);
    scene.report(scene.accept(first)!, "succeeded");
    expect(scene.offered(three)).toEqual([other.id, second.id]);
  });

  it("clear the innocent and find the guilty, on a single worker that is started again each time", () => {
    const scene = new Scene();
    const slots = 6;
    const innocent = Array.from({ length: slots - 1 }, () => scene.launch({ policy: { maxLosses: 0 } }));
    const guilty = scene.launch({ policy: { maxLosses: 2 } });
    const runs = (task: Task): boolean => task.trials.length > 0;
    let deaths = 0;
    for (let number = 1; number <= 20 && scene.state.tasks.size > 0; number += 1) {
      const worker = busyWorker(scene, `life ${number}`, { slots });
      while (!runs(guilty) && worker.trials.size > 0) {
        for (const trial of [...worker.trials.values()]) scene.report(trial, "succeeded");
        scene.ask(worker, slots - worker.credits);
        scene.run();
        for (const { task } of scene.offers(worker)) scene.accept(task);
      }
      if (runs(guilty)) deaths += 1;
      lose(scene, worker);
    }
    expect(innocent.map(({ status }) => status)).toEqual(innocent.map(() => "succeeded"));
    expect(guilty.verdict).toMatchObject({ status: "failed", cause: "no-more-losses" });
    // Twice in company, and then as often as it may be lost and once more.
    expect(deaths).toBe(2 + 2 + 1);
  });
});
