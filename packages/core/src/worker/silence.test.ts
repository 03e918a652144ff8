import { describe, expect, it } from "vitest";
import { quarantine } from "../dispatch/rest.js";
import { tick } from "../tick.js";
import { markSeen, rematchWorker, setWorkerStatus } from "./join.js";
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
    // It sleeps until the lease that is left ends.
    expect(worker.silence!.atMs - scene.nowMs).toBe(10_000);
    scene.later(10_000, { isSilent: true });
    expect([long.task.status, worker.status]).toEqual(["queued", "lost"]);
  });
});

describe("an unreachable worker", () => {
  it("is offered nothing more, and its offers go to others, until it is heard of", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    const running = scene.granted();
    scene.later(6_000, { isSilent: true });
    expect([one.status, running.task.status]).toEqual(["unreachable", "running"]);
    scene.ask(one);
    scene.launch();
    scene.run();
    expect(scene.offers(one)).toEqual([]);
    scene.act((state, now) => {
      markSeen(state, one, now);
      setWorkerStatus(state, one, "ready", now);
      rematchWorker(state, one);
    });
    scene.run();
    expect(scene.offers(one)).toHaveLength(1);
  });
});

describe("leases", () => {
  it("start anew in full when an engine starts, however long their workers were silent before", () => {
    const scene = new Scene();
    scene.worker("one");
    const { task } = scene.granted({ policy: { safeToRerun: false } });
    scene.later(9_000, { isSilent: true });
    scene.crash();
    const again = scene.state.tasks.get(task.id)!;
    scene.later(9_000, { isSilent: true });
    expect([again.status, again.trials.length]).toEqual(["running", 1]);
    scene.later(1_000, { isSilent: true });
    expect(again.verdict).toMatchObject({ status: "failed", cause: "lost" });
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
