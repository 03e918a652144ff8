import { describe, expect, it } from "vitest";
import { pauseTaskset } from "../command/cancel.js";
import { takeReport } from "../worker/report.js";
import type { Task } from "../state/task.js";
import { Scene } from "../world/scene.test.support.js";
import { Forecast } from "./forecast.js";

const forecast = (scene: Scene): Forecast => new Forecast(scene.state, scene.now);

/** A task of the class ends after so long: from then on the class is of known length. */
function teach(scene: Scene, durationMs: number): void {
  const trial = scene.granted();
  const report = { type: "result", trial: trial.id, token: "", status: "succeeded", hasBegun: true } as const;
  scene.act((state, now) =>
    takeReport(state, trial.worker, { report: { ...report, timings: { durationMs } }, token: trial.token }, now),
  );
  scene.run();
}

describe("a lone task", () => {
  it("ends after those launched before it, shared by the slots, and its own length", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 2 });
    teach(scene, 1_000);
    teach(scene, 1_000);
    const running = [scene.launch(), scene.launch()];
    scene.act((state) => state.workers.forEach((worker) => scene.ask(worker, 2)));
    scene.run();
    for (const task of running) scene.accept(task);
    const queued = [scene.launch(), scene.launch(), scene.launch()];
    const etas = (tasks: readonly Task[]): (number | null)[] => tasks.map((task) => forecast(scene).ofTask(task));
    expect(etas(running)).toEqual([1_000, 1_000]);
    expect(etas(queued)).toEqual([2_000, 2_500, 3_000]);
    expect(forecast(scene).backlogMs).toBe(3_000);
    scene.nowMs += 400;
    expect(etas(running)).toEqual([600, 600]);
    running[0]!.past.progress = 0.8;
    expect(etas(running)[0]).toBeCloseTo(100);
  });

  it("is not said to end while nothing is known of its length, or nobody is there to run it", () => {
    const scene = new Scene();
    scene.worker("one");
    expect(forecast(scene).ofTask(scene.launch())).toBeNull();
    teach(scene, 1_000);
    expect(forecast(scene).ofTask(scene.launch({ policy: { labels: ["gpu"] } }))).toBeNull();
  });

  it("waits for its time first", () => {
    const scene = new Scene();
    scene.worker("one");
    teach(scene, 1_000);
    expect(forecast(scene).ofTask(scene.launch({ delayMs: 60_000 }))).toBe(61_000);
  });
});

describe("a taskset", () => {
  it("ends when its work is done by the slots that it may use", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 4, credits: 0 });
    const estimates = [{ estimateMs: 3_000 }, { estimateMs: 1_000 }];
    const free = scene.taskset(estimates);
    const limited = scene.taskset(estimates, { maxSlots: 1 });
    scene.run();
    expect(forecast(scene).ofTaskset(free)).toBe(1_000);
    expect(forecast(scene).ofTaskset(limited)).toBe(4_000);
    expect([...free.tasks].map((task) => forecast(scene).ofTask(task))).toEqual([3_250, 1_750]);
    expect(forecast(scene).backlogMs).toBe(8_000);
    scene.act((state, now) => pauseTaskset(state, free, false, now));
    expect(forecast(scene).ofTaskset(free)).toBeNull();
  });
});
