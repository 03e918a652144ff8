import type { WorkerView } from "@capstan/protocol";
import { expect, test } from "vitest";
import { Peer } from "../peer.test.support.js";

const worker: WorkerView = {
  id: `wrk_${"0".repeat(22)}`,
  namespace: "default",
  name: "w1",
  status: "ready",
  labels: [],
  slots: 4,
  slotsBusy: 0,
  runtimes: ["node"],
  revisions: [],
  trials: [],
  quarantines: [],
  joinedAtMs: 1,
};

test("workers are listed, drained, quarantined and lifted", async () => {
  const answer = () => worker;
  const handlers = {
    listWorkers: () => ({ items: [worker] }),
    getWorker: answer,
    drainWorker: answer,
    quarantineWorker: answer,
    liftQuarantine: answer,
  };
  await Peer.use(handlers, async (peer) => {
    const { workers } = peer.client();
    for await (const each of workers.list()) expect(each).toEqual(worker);
    expect(await workers.get("w1")).toEqual(worker);
    await workers.drain("w1");
    await workers.drain("w1", { isDraining: false });
    await workers.quarantine("w1", { scope: "plugin", name: "images", reason: "disk", forMs: 5 });
    await workers.lift("w1", { scope: "plugin", name: "images" });
    expect(peer.requests.items.slice(2).map(({ route, body }) => [route, body])).toEqual([
      ["drainWorker", { isDraining: true }],
      ["drainWorker", { isDraining: false }],
      ["quarantineWorker", { scope: "plugin", name: "images", reason: "disk", forMs: 5 }],
      ["liftQuarantine", { scope: "plugin", name: "images" }],
    ]);
  });
});
