import { tmpdir } from "node:os";
import { decodeWorkerFrame, systemClock } from "@capstan/protocol";
import { expect, test } from "vitest";
import { StatisticsSource } from "./statistics-source.js";

test("the figures of the machine fit a heartbeat and are cheap to read", async () => {
  const source = new StatisticsSource(systemClock, tmpdir());
  source.read({ slotsBusy: 0, executors: 0 });
  let statistics = source.read({ slotsBusy: 1, executors: 2 });
  // The free space of the disk comes a moment later.
  for (let turn = 0; turn < 1_000 && statistics.diskBytesFree === undefined; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    statistics = source.read({ slotsBusy: 1, executors: 2 });
  }
  expect(statistics).toMatchObject({ slotsBusy: 1, executors: 2 });
  expect(statistics.memoryBytesTotal).toBeGreaterThan(statistics.workerBytes!);
  expect(statistics.diskBytesFree).toBeGreaterThan(0);
  expect(statistics.cpuShare).toBeGreaterThanOrEqual(0);
  const frame = JSON.stringify([{ type: "heartbeat", sequence: 1, statistics }]);
  expect(decodeWorkerFrame(frame)).toHaveLength(1);
});
