import { describe, expect, it } from "vitest";
import { takeReport } from "../worker/report.js";
import { Scene } from "../world/scene.test.support.js";

/** A key with one permit. */
const policy = { concurrency: { key: "one", limit: 1 } };

describe("a partition that another engine has now", () => {
  it("is told to nobody: its trials run on, and only its offers are taken back", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 2, credits: 2 });
    const trial = scene.granted({ partition: 1 });
    const offered = scene.launch({ partition: 1 });
    scene.run();
    expect(scene.offered(worker)).toEqual([offered.id]);
    scene.mail(worker);
    scene.lose(1);
    scene.run();
    expect(scene.mailTypes(worker)).toEqual(["revoke"]);
    expect(scene.state.trials.get(trial.id)).toBeUndefined();
    expect([...scene.disk.tasks.keys()]).toEqual([]);
  });

  it("holds no permit any more, and a task of another partition goes on", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.granted({ policy, partition: 1 });
    const waiting = scene.launch({ policy, partition: 2 });
    scene.run();
    expect(waiting.status).toBe("queued");
    scene.lose(1);
    scene.run();
    expect(scene.offered(worker)).toEqual([waiting.id]);
  });

  it("lets no grant leave that was not committed", () => {
    const scene = new Scene();
    const worker = scene.worker("one");
    const task = scene.launch({ policy: { safeToRerun: false }, partition: 1 });
    scene.run();
    const trial = scene.accept(task)!;
    scene.mail(worker);
    scene.lose(1);
    scene.run();
    expect(trial.leavesWith).toBeGreaterThan(0);
    expect(scene.mail(worker)).toEqual([]);
  });

  it("has no verdict written or told that was not committed", () => {
    const scene = new Scene();
    scene.worker("one");
    const trial = scene.granted({ partition: 1 });
    const other = scene.granted({ partition: 2 });
    const [lost, kept] = [trial.task.id, other.task.id];
    for (const { id, token, worker } of [trial, other]) {
      const facts = { trial: id, token: "", timings: { durationMs: 5 }, hasBegun: true };
      const report = { type: "result", status: "succeeded", ...facts } as const;
      scene.act((state, now) => takeReport(state, worker, { report, token }, now));
    }
    scene.lose(1);
    scene.run();
    expect([...scene.disk.finished.keys()]).toEqual([kept]);
    expect(scene.disk.tasks.has(lost)).toBe(false);
    const accepted = scene.mail(trial.worker).filter(({ type }) => type === "accepted");
    expect(accepted).toMatchObject([{ trial: other.id }]);
  });
});
