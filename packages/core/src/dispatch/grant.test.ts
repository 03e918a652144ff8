import { describe, expect, it } from "vitest";
import { cancelTask } from "../command/cancel.js";
import { acceptOffer } from "./grant.js";
import type { Task } from "../state/task.js";
import { Scene } from "../world/scene.test.support.js";

/** A queued task whose input is in the store alone, as after a restart. */
function spilled(): { scene: Scene; task: Task } {
  const scene = new Scene({ inputBytesMax: 0 });
  const task = scene.launch();
  scene.run();
  expect(task.isInputSpilled).toBe(true);
  return { scene, task };
}

describe("a grant whose input is not in memory", () => {
  it("follows when the input is loaded", () => {
    const { scene, task } = spilled();
    const worker = scene.worker("one");
    scene.run();
    expect(scene.accept(task)).toBeUndefined();
    scene.run();
    scene.readStore();
    scene.run();
    expect(scene.mailTypes(worker)).toEqual(["offer", "granted"]);
    expect(task.inputJson).toContain(task.id);
  });

  it("is halted when the input does not come, so that the slot is free again, and the task is offered anew", () => {
    const { scene, task } = spilled();
    const worker = scene.worker("one", { slots: 1 });
    scene.run();
    scene.accept(task);
    scene.run();
    scene.readStore(true);
    scene.later(2_000);
    expect(scene.mailTypes(worker)).toEqual(["offer", "halt"]);
    // It has answered: it need not rest.
    scene.ask(worker);
    scene.run();
    scene.accept(task);
    scene.run();
    scene.readStore();
    expect(task.status).toBe("granted");
  });

  it("is never made for another worker's acceptance", () => {
    const { scene, task } = spilled();
    const first = scene.worker("one", { slots: 1 });
    scene.run();
    scene.accept(task);
    scene.run();
    scene.later(2_000);
    const second = scene.worker("two", { slots: 1 });
    scene.run();
    expect([scene.offers(first).length, scene.offers(second).length]).toEqual([0, 1]);
    scene.readStore();
    expect(task.status).toBe("offered");
  });
});

describe("a grant that waits for a commit", () => {
  it.each([
    ["one that is not safe to rerun, written first", { policy: { safeToRerun: false } }],
    ["a safe one, once its launch is durable", {}],
  ] as const)("is not overtaken by the word to stop it: %s", (_, launching) => {
    const scene = new Scene();
    const worker = scene.worker("one");
    scene.run();
    const task = scene.launch(launching);
    scene.turn();
    scene.accept(task);
    scene.turn();
    scene.act((state, now) => cancelTask(state, task, now));
    scene.turn();
    expect(scene.mailTypes(worker)).toEqual(["offer"]);
    scene.run();
    expect(scene.mailTypes(worker)).toEqual(["granted", "stop"]);
  });
});

describe("a twin", () => {
  const straggling = { profile: "test", policy: { timeoutMs: 600_000 }, estimateMs: 1_000 } as const;

  /** A task well past its estimate, and the offer of its twin to a second worker. */
  function offered() {
    const scene = new Scene();
    scene.worker("one", { slots: 1 });
    const trial = scene.granted(straggling);
    const two = scene.worker("two", { slots: 1 });
    scene.later(2_000);
    const twin = scene.offers(two)[0]!;
    expect(twin).toMatchObject({ isTwin: true, task: trial.task });
    const accept = () => scene.act((state, now) => acceptOffer(state, two, twin.number, now));
    return { scene, trial, two, accept };
  }

  it("runs beside a straggler, and the first to succeed wins", () => {
    const { scene, trial, accept } = offered();
    accept();
    scene.run();
    const [, twin] = trial.task.trials;
    scene.report(twin!, "succeeded");
    expect([trial.task.status, trial.stopReason]).toEqual(["succeeded", "twin"]);
    scene.report(trial, "succeeded");
    expect(scene.disk.trials.get(`${trial.task.id} 1`)?.status).toBe("succeeded");
    expect(scene.disk.finished.get(trial.task.id)).toMatchObject({ status: "succeeded", isFlaky: false });
  });

  it("is not granted to a task that is being cancelled", () => {
    const { scene, trial, two, accept } = offered();
    scene.act((state, now) => cancelTask(state, trial.task, now));
    accept();
    scene.run();
    expect(trial.task.trials).toEqual([trial]);
    expect(scene.mail(two).at(-1)).toMatchObject({ type: "halt", reason: "claimed" });
  });
});
