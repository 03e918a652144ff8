import type { WorkerView } from "@capstan/protocol";
import { expect, test } from "vitest";
import { groupByLabel } from "./label.js";

const worker = (name: string, labels: string[], facts: Partial<WorkerView> = {}): WorkerView => ({
  id: `wrk_${name}`,
  namespace: "default",
  name,
  status: "ready",
  labels,
  slots: 4,
  slotsBusy: 1,
  runtimes: ["command"],
  revisions: [],
  trials: [],
  quarantines: [],
  joinedAtMs: 0,
  ...facts,
});

test("workers are counted under each of their labels, those without under none, and those that left not at all", () => {
  const workers = [
    worker("a", ["linux", "gpu"]),
    worker("b", ["linux"], { slots: 2, slotsBusy: 2, status: "draining" }),
    worker("c", []),
    worker("d", ["gpu"], { status: "gone" }),
    worker("e", ["gpu"], { status: "lost" }),
  ];
  expect(groupByLabel(workers)).toEqual([
    { workers: ["c"], slots: 4, slotsBusy: 1 },
    { label: "gpu", workers: ["a"], slots: 4, slotsBusy: 1 },
    { label: "linux", workers: ["a", "b"], slots: 6, slotsBusy: 3 },
  ]);
});
