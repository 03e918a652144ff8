import { describe, expect, it } from "vitest";
import { quarantine } from "../dispatch/rest.js";
import { tick } from "../tick.js";
import { Scene } from "../world/scene.test.support.js";

describe("the watch over a silent worker", () => {
  it("is due once, also where instants are fractions that do not add up", () => {
    const scene = new Scene();
    // (16009.1 + 5000) − 16009.1 is a little less than 5000.
    scene.nowMs = 16_009.1;
    const worker = scene.worker("one");
    scene.nowMs = 16_009.1 + 5_000;
    expect(scene.act((state, now) => tick(state, now))).toBe(false);
    expect(worker.status).toBe("unreachable");
  });

  it("calls a worker unreachable after 5 s, its trials lost after their lease, and it after its own", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const [short, long] = [scene.granted(), scene.granted({ policy: { leaseMs: 20_000 } })];
    scene.later(5_000, { isSilent: true });
    expect([worker.status, short.task.status]).toEqual(["unreachable", "running"]);
    scene.later(5_000, { isSilent: true });
    expect([short.task.status, long.task.status]).toEqual(["queued", "running"]);
    scene.later(10_000, { isSilent: true });
    expect([long.task.status, worker.status]).toEqual(["queued", "lost"]);
  });
});

describe("a quarantine", () => {
  it("ends when its time is over, though the wall clock was set back meanwhile, and after a restart", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const untilMs = scene.now.wallMs + 4_000.5;
    scene.act((state, now) =>
      quarantine(state, worker, { scope: "plugin", name: "demo", reason: "test", untilMs, now }),
    );
    scene.run();
    scene.crash();
    const [again] = scene.state.workers.values();
    expect(again!.quarantines).toHaveLength(1);
    scene.later(5_000, { isSilent: true });
    expect(again!.quarantines).toEqual([]);
  });
});
