import { describe, expect, it } from "vitest";
import { cancelTask, pauseTaskset } from "../command/cancel.js";
import { Scene, type WorkerLaunching } from "../world/scene.test.support.js";
import type { Launching } from "../world/world.test.support.js";
import { declineOffer } from "./decline.js";
import { acceptOffer } from "./grant.js";
import { explain } from "./reason.js";
import { quarantine } from "./rest.js";
import { noteHeld } from "../worker/acquire.js";

/** The keys of the tasks in the order in which they are offered to a worker that takes one after another. */
function orderOf(scene: Scene, count: number): string[] {
  const worker = scene.worker("taker", { slots: 1, credits: 0 });
  return Array.from({ length: count }, () => {
    scene.ask(worker);
    scene.run();
    const offer = scene.offers(worker)[0]!;
    const name = offer.task.key ?? offer.task.id;
    scene.report(scene.accept(offer.task)!, "succeeded");
    return name;
  });
}

describe("dispatcher rule 1: pull by version", () => {
  it.each<[string, Launching, WorkerLaunching]>([
    ["runtime", { runtime: "command" }, { runtimes: ["node"] }],
    ["labels", { policy: { labels: ["gpu", "linux"] } }, { labels: ["gpu"] }],
    ["an inline revision that it does not hold", { runtime: "inline" }, { runtimes: ["inline"], revisions: [] }],
  ])("offers nothing to a worker that does not match by %s", (_, launching, options) => {
    const scene = new Scene();
    const worker = scene.worker("one", options);
    scene.launch(launching);
    scene.run();
    expect(scene.offers(worker)).toEqual([]);
  });

  it("offers a revision that a worker may not fetch to one that holds it only", () => {
    const scene = new Scene();
    const [one, two] = [scene.worker("one", { credits: 0, revisions: [] }), scene.worker("two", { credits: 0 })];
    scene.ask(one, 1, []);
    scene.ask(two, 1, []);
    scene.launch();
    scene.run();
    expect([scene.offers(one).length, scene.offers(two).length]).toEqual([0, 1]);
  });

  it("offers a revision as soon as the worker has prepared it", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { credits: 0, revisions: [] });
    scene.ask(worker, 1, []);
    scene.launch();
    scene.run();
    scene.act((state) => noteHeld(state, worker, "rev_1", true));
    scene.run();
    expect(scene.offers(worker)).toHaveLength(1);
  });
});

describe("dispatcher rule 2: order", () => {
  it("goes by priority, and by ageing beyond it", () => {
    const scene = new Scene({ ageingMs: 10_000 });
    scene.launch({ key: "low", policy: { priority: 4 } });
    scene.later(20_000);
    scene.launch({ key: "middle", policy: { priority: 5 } });
    scene.launch({ key: "high", policy: { priority: 9 } });
    expect(orderOf(scene, 3)).toEqual(["high", "low", "middle"]);
  });

  it("shares among tasksets by their weights, however many tasks each has", () => {
    const scene = new Scene();
    scene.taskset(
      Array.from({ length: 30 }, () => ({ key: "a" })),
      { weight: 1 },
    );
    scene.taskset(
      Array.from({ length: 30 }, () => ({ key: "b" })),
      { weight: 3 },
    );
    const first = orderOf(scene, 20);
    expect(first.filter((key) => key === "b")).toHaveLength(15);
  });

  it("lets no lone task wait behind a whole taskset", () => {
    const scene = new Scene();
    scene.taskset(Array.from({ length: 50 }, () => ({ key: "many" })));
    scene.launch({ key: "lone" });
    expect(orderOf(scene, 2)).toContain("lone");
  });

  it("takes tasks of unknown length first, then the longest first", () => {
    const scene = new Scene();
    scene.taskset([
      { key: "short", estimateMs: 10 },
      { key: "long", estimateMs: 900 },
      { key: "unknown" },
      { key: "middle", estimateMs: 300 },
    ]);
    expect(orderOf(scene, 4)).toEqual(["unknown", "long", "middle", "short"]);
  });

  it("is first in, first out for jobs", () => {
    const scene = new Scene();
    for (const key of ["a", "b", "c", "d"]) scene.launch({ key });
    expect(orderOf(scene, 4)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("dispatcher rule 3: limits", () => {
  it("holds maxSlots", () => {
    const scene = new Scene();
    const workers = [scene.worker("one"), scene.worker("two")];
    scene.taskset([{}, {}, {}, {}], { maxSlots: 3 });
    scene.run();
    expect(workers.flatMap((worker) => scene.offers(worker))).toHaveLength(3);
  });

  it("holds maxWorkers", () => {
    const scene = new Scene();
    const workers = [scene.worker("one"), scene.worker("two"), scene.worker("three")];
    scene.taskset([{}, {}, {}, {}, {}], { maxWorkers: 2 });
    scene.run();
    expect(workers.filter((worker) => worker.offers.size > 0)).toHaveLength(2);
  });

  it("holds rate limits at the grant, and goes on when they allow it", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 3 });
    const policy = { rate: { key: "r", limit: 1, perMs: 5_000 } };
    const tasks = [scene.launch({ policy }), scene.launch({ policy })];
    scene.run();
    scene.accept(tasks[0]!);
    scene.accept(tasks[1]!);
    expect(tasks.map(({ status }) => status)).toEqual(["granted", "queued"]);
    scene.ask(worker);
    scene.later(4_000);
    expect(tasks[1]!.status).toBe("queued");
    scene.later(1_000);
    expect(tasks[1]!.status).toBe("offered");
  });
});

describe("dispatcher rule 4: offers that are not taken", () => {
  it("puts a declined task back to the head, for another worker", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 1 });
    const [first] = [scene.launch({ key: "first" }), scene.launch({ key: "second" })];
    scene.run();
    scene.act((state, now) => declineOffer(state, one, { offer: first.offer!.number, reason: "no-memory" }, now));
    scene.ask(one);
    scene.run();
    expect(scene.offered(one)).toEqual([]);
    expect(scene.offered(scene.worker("two", { slots: 1, credits: 0 }))).toEqual([]);
    scene.ask([...scene.state.workers.values()][1]!);
    scene.run();
    expect(scene.offered([...scene.state.workers.values()][1]!)).toEqual(["first"]);
    expect(one.lastDecline).toBe("no-memory");
  });

  it("takes an unanswered offer back after 2 s, and lets the worker rest", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    const task = scene.launch();
    scene.run();
    scene.later(1_999);
    expect(task.status).toBe("offered");
    scene.later(1);
    expect(task.status).toBe("queued");
    expect(scene.mailTypes(worker)).toEqual(["offer", "revoke"]);
    scene.ask(worker);
    scene.run();
    expect(scene.offers(worker)).toEqual([]);
    scene.later(250);
    expect(scene.offers(worker)).toHaveLength(1);
  });

  it("lets a worker rest longer each time in a row, and forgets that once it accepts", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1, credits: 0 });
    const task = scene.launch();
    const rests = Array.from({ length: 4 }, (_, time) => {
      scene.ask(worker);
      scene.run();
      if (time === 2) {
        scene.report(scene.accept(task)!, "failed");
        scene.later(10_000);
        scene.ask(worker);
        scene.run();
      }
      const { number } = scene.offerOf(task);
      scene.act((state, now) => declineOffer(state, worker, { offer: number, reason: "no-slot" }, now));
      const { untilMonoMs } = worker.rests.get("*")!;
      const restMs = untilMonoMs - scene.nowMs;
      scene.later(restMs);
      return restMs;
    });
    expect(rests).toEqual([250, 500, 250, 500]);
  });

  it("quarantines a worker for a plugin that it fails to load again and again", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1, credits: 0 });
    const task = scene.launch();
    for (let time = 0; time < 5; time += 1) {
      scene.ask(worker);
      scene.run();
      const { number } = scene.offerOf(task);
      scene.act((state, now) => declineOffer(state, worker, { offer: number, reason: "load-failed" }, now));
      scene.later(10_000);
    }
    expect(worker.quarantines).toMatchObject([{ scope: "plugin", name: "demo" }]);
    expect(explain(scene.state, task, scene.now)?.code).toBe("quarantined");
    scene.later(300_000);
    expect(worker.quarantines).toEqual([]);
  });
});

describe("dispatcher rule 5: noMoreTasks", () => {
  it("is said a while after the last task of a revision, to workers that hold it", () => {
    const scene = new Scene();
    const [one, two] = [scene.worker("one"), scene.worker("two", { revisions: [], credits: 0 })];
    scene.report(scene.granted(), "succeeded");
    scene.mail(one);
    scene.later(1_000);
    expect(scene.mail(one)).toEqual([{ type: "noMoreTasks", revision: "rev_1" }]);
    expect(scene.mail(two)).toEqual([]);
  });

  it("is not said when there is work again by then", () => {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    scene.report(scene.granted(), "succeeded");
    scene.launch();
    scene.mail(worker);
    scene.later(1_000);
    expect(scene.mailTypes(worker)).toEqual([]);
  });
});

describe("dispatcher rule 6: prefetch", () => {
  /** A busy worker of one slot that has asked for nothing, and a class whose trials take so long. */
  function busy(durationMs: number) {
    const scene = new Scene();
    const worker = scene.worker("one", { slots: 1 });
    scene.report(scene.granted(), "succeeded", { timings: { durationMs } });
    scene.ask(worker);
    const running = scene.granted();
    return { scene, worker, running };
  }

  it("covers at most 100 ms of estimated work of a slot", () => {
    const { scene, worker, running } = busy(40);
    for (let count = 0; count < 10; count += 1) scene.launch();
    scene.state.prefetchers.add(running.worker);
    scene.run();
    expect(scene.offers(worker).map(({ isPrefetch }) => isPrefetch)).toEqual([true, true]);
    expect(worker.prefetchedMs).toBe(80);
  });

  it("adds up what is prefetched of classes of different lengths", () => {
    const { scene, worker } = busy(70);
    scene.launch({ key: "long" });
    scene.state.prefetchers.add(worker);
    scene.run();
    expect(scene.offered(worker)).toEqual(["long"]);
    // A class of 40 ms: alone it would fit twice.
    const other = scene.launch({ definition: "other/run", key: "short" });
    other.taskClass.meanMs = 40;
    scene.state.prefetchers.add(worker);
    scene.run();
    expect(scene.offered(worker)).toEqual(["long"]);
  });

  it("holds no limit, and is granted only if there is room then", () => {
    const { scene, worker } = busy(1);
    const task = scene.launch();
    scene.state.prefetchers.add(worker);
    scene.run();
    const offer = scene.offerOf(task);
    expect(offer).toMatchObject({ isPrefetch: true, isReserved: false });
    expect(scene.accept(task)?.status).toBe("granted");
  });

  it("is taken back like any other, but does not count as silence", () => {
    const { scene, worker } = busy(1);
    const task = scene.launch();
    scene.state.prefetchers.add(worker);
    scene.run();
    scene.mail(worker);
    scene.later(2_000);
    expect(worker.rests.size).toBe(0);
    expect(scene.mailTypes(worker)).toContain("revoke");
    expect(worker.prefetched).toBeLessThanOrEqual(1);
    scene.act((state, now) => cancelTask(state, task, now));
    expect([worker.prefetched, worker.prefetchedMs]).toEqual([0, 0]);
  });

  it("never takes what has limits", () => {
    const { scene, worker } = busy(1);
    scene.launch({ policy: { concurrency: { key: "k", limit: 5 } } });
    scene.launch({ policy: { rate: { key: "r", limit: 5 } } });
    scene.taskset([{}], { maxSlots: 5 });
    scene.state.prefetchers.add(worker);
    scene.run();
    expect(scene.offers(worker)).toEqual([]);
  });
});

describe("dispatcher rule 7: speculation", () => {
  const slow = { profile: "test", estimateMs: 1_000 } as const;

  it("gives a straggler one twin, on another worker, when slots are idle", () => {
    const scene = new Scene();
    const one = scene.worker("one", { slots: 2 });
    const trial = scene.granted(slow);
    const [two, three] = [scene.worker("two"), scene.worker("three")];
    scene.later(1_999);
    expect(scene.offers(two).length + scene.offers(three).length).toBe(0);
    scene.later(1);
    expect(scene.offers(one)).toEqual([]);
    const twins = [...scene.offers(two), ...scene.offers(three)];
    expect(twins).toMatchObject([{ isTwin: true, task: trial.task }]);
    scene.act((state, now) => acceptOffer(state, twins[0]!.worker, twins[0]!.number, now));
    scene.later(10_000);
    expect(trial.task.trials).toHaveLength(2);
    expect(scene.offers(two).length + scene.offers(three).length).toBe(0);
  });

  it("has one deadline for all trials, and none when the last has ended", () => {
    const scene = new Scene();
    scene.worker("one", { slots: 20, credits: 20 });
    const watched = (): number => scene.state.deadlines.size;
    const before = watched();
    const trials = Array.from({ length: 10 }, (_, at) => {
      const trial = scene.granted({ profile: "test", estimateMs: 3_600_000 - at });
      scene.run();
      return trial;
    });
    expect(watched() - before).toBeLessThanOrEqual(2);
    for (const trial of trials) scene.report(trial, "succeeded");
    expect(scene.state.speculation).toBeNull();
  });

  it.each([
    ["while something is queued that the slots could run", slow, true],
    ["for a task that is not safe to rerun", { ...slow, policy: { safeToRerun: false } }, false],
    ["for a job", { estimateMs: 1_000 }, false],
  ] as const)("gives none %s", (_, launching, isMoreQueued) => {
    const scene = new Scene();
    scene.worker("one", { slots: 1 });
    scene.granted(launching);
    if (isMoreQueued) {
      const taskset = scene.taskset([{}]);
      scene.act((state, now) => pauseTaskset(state, taskset, false, now));
      scene.launch({ policy: { concurrency: { key: "k", limit: 1 } } });
      scene.launch({ policy: { concurrency: { key: "k", limit: 1 } } });
    }
    const two = scene.worker("two", { slots: isMoreQueued ? 1 : 2 });
    scene.later(5_000);
    expect(scene.offers(two).filter(({ isTwin }) => isTwin)).toEqual([]);
  });
});

describe("dispatcher rule 8: why a task does not run", () => {
  const policy = { concurrency: { key: "k", limit: 1 } };

  it.each<[string, () => Scene, Launching]>([
    ["no-worker", () => new Scene(), {}],
    ["no-runtime", () => withWorker({ runtimes: ["node"] }), { runtime: "command" }],
    ["no-label", () => withWorker({}), { policy: { labels: ["gpu"] } }],
    ["waits-for-time", () => withWorker({}), { delayMs: 5_000 }],
    ["waits-for-slot", () => withWorker({ credits: 0 }), {}],
    ["no-revision", () => withWorker({ runtimes: ["inline"], revisions: [] }), { runtime: "inline" }],
  ])("says %s", (code, make, launching) => {
    const scene = make();
    const task = scene.launch(launching);
    scene.run();
    expect(explain(scene.state, task, scene.now)?.code).toBe(code);
  });

  it("says that it waits for a permit", () => {
    const scene = withWorker({});
    scene.granted({ policy });
    const task = scene.launch({ policy });
    scene.run();
    expect(explain(scene.state, task, scene.now)).toMatchObject({
      code: "waits-for-permit",
      message: expect.stringContaining('"k"'),
    });
  });

  it("says that its taskset is paused, or uses all of its slots", () => {
    const scene = withWorker({ slots: 2 });
    const taskset = scene.taskset([{}, {}], { maxSlots: 1 });
    scene.run();
    const waiting = [...taskset.tasks].find(({ status }) => status === "queued")!;
    expect(explain(scene.state, waiting, scene.now)?.code).toBe("taskset-slots");
    scene.act((state, now) => pauseTaskset(state, taskset, false, now));
    expect(explain(scene.state, waiting, scene.now)?.code).toBe("taskset-paused");
  });

  it("says that every worker is quarantined, or that one refused and why", () => {
    const scene = withWorker({ slots: 1 });
    const [worker] = scene.state.workers.values();
    const task = scene.launch();
    scene.run();
    const { number } = scene.offerOf(task);
    const declined = { offer: number, reason: "no-memory", message: "2 GiB short" } as const;
    scene.act((state, now) => declineOffer(state, worker!, declined, now));
    expect(explain(scene.state, task, scene.now)).toMatchObject({
      code: "refused",
      message: expect.stringContaining("2 GiB short"),
    });
    scene.act((state, now) => quarantine(state, worker!, { scope: "plugin", name: "demo", reason: "by hand", now }));
    expect(explain(scene.state, task, scene.now)?.code).toBe("quarantined");
  });

  it("says nothing of a task that runs", () => {
    const scene = withWorker({});
    expect(explain(scene.state, scene.granted().task, scene.now)).toBeUndefined();
  });
});

function withWorker(options: WorkerLaunching): Scene {
  const scene = new Scene();
  scene.worker("one", options);
  return scene;
}
