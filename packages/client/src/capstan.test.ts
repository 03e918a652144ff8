import { describe, expect, test } from "vitest";
import { Peer, type Handlers } from "./peer.test.support.js";
import { taskId, taskView, tasksetId, tasksetView } from "./view.test.support.js";

const trial = {
  id: `${taskId(1).replace("task_", "trial_")}_1`,
  task: taskId(1),
  number: 1,
  round: 1,
  status: "running",
  isTwin: false,
  isCounted: false,
  revision: `rev_${"0".repeat(26)}`,
  grantedAtMs: 1,
} as const;
const status = {
  version: "0.1.0",
  store: "sqlite",
  startedAtMs: 1,
  tasks: { waiting: 0, queued: 0, running: 0 },
  workers: 0,
  slots: 0,
  slotsBusy: 0,
  isDraining: false,
};

const handlers: Handlers = {
  listTasks: () => ({ items: [taskView(taskId(1))] }),
  listTasksets: () => ({ items: [tasksetView(tasksetId(1))] }),
  listTrials: () => ({ items: [trial] }),
  getTrial: () => trial,
  getTaskset: () => tasksetView(tasksetId(1)),
  engineStatus: () => status,
  health: () => ({ status: "ok" }),
  ready: () => ({ status: "ready", startedAtMs: 1 }),
  metrics: ({ raw }) => void raw.response.end("capstan_tasks 5\n"),
};

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

describe("Capstan", () => {
  test("lists tasks and tasksets by what is asked for", async () => {
    await Peer.use(handlers, async (peer) => {
      const capstan = peer.client();
      expect((await all(capstan.tasks({ status: "queued", plugin: "images" }))).map(({ id }) => id)).toEqual([
        taskId(1),
      ]);
      expect((await all(capstan.tasksets({ isActive: true }))).map(({ id }) => id)).toEqual([tasksetId(1)]);
      expect(peer.requests.items.map(({ query }) => query)).toEqual([
        { status: "queued", plugin: "images" },
        { isActive: "true" },
      ]);
    });
  });

  test("gives trials, tasksets and the engine itself", async () => {
    await Peer.use(handlers, async (peer) => {
      const capstan = peer.client();
      expect(await capstan.trial(trial.id)).toEqual(trial);
      expect(await capstan.task(taskId(1)).trials()).toEqual([trial]);
      expect((await capstan.taskset(tasksetId(1)).refresh()).id).toBe(tasksetId(1));
      expect(await capstan.status()).toEqual(status);
      expect(await capstan.health()).toEqual({ status: "ok" });
      expect(await capstan.ready()).toEqual({ status: "ready", startedAtMs: 1 });
      expect(await capstan.metrics()).toBe("capstan_tasks 5\n");
    });
  });
});
