import { describe, expect, it } from "vitest";
import { loseWorker } from "../worker/silence.js";
import { Scene } from "../world/scene.test.support.js";
import { lift, quarantine } from "./rest.js";

const yearMs = 365 * 24 * 3_600_000;

describe("a quarantine with an end", () => {
  it("leaves nothing behind when it is lifted, renewed, or its worker is gone", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const before = scene.state.deadlines.size;
    const keep = (name: string): void =>
      scene.act((state, now) =>
        quarantine(state, worker, { scope: "plugin", name, reason: "by hand", untilMs: now.wallMs + yearMs, now }),
      );
    keep("demo");
    keep("demo");
    keep("extra");
    expect([worker.quarantines.length, scene.state.deadlines.size]).toEqual([2, before + 2]);
    scene.act((state, now) => lift(state, worker, { scope: "plugin", name: "demo", now }));
    expect(scene.state.deadlines.size).toBe(before + 1);
    scene.act((state, now) => loseWorker(state, worker, "gone", now));
    expect(scene.state.deadlines.size).toBeLessThan(before + 1);
  });
});
