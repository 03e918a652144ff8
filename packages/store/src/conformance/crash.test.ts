import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import type { Store } from "../store.js";
import { launchedAtMs } from "./sample-row.js";

const rowsPerBatch = 40;
const kills = 24;

interface Life {
  readonly epoch: number;
  readonly acknowledged: number;
}

/** Lets a child commit until it has told of some batches, then kills it wherever it is at that moment. */
async function killAfter(folder: string, batches: number, thread: boolean): Promise<Life> {
  const child = fork(new URL("store-child.js", import.meta.url), [folder, "commit", String(thread)]);
  let [epoch, acknowledged] = [0, 0];
  const exited = once(child, "exit");
  child.on("message", (message: { epoch?: number; committed?: number }) => {
    if (message.epoch !== undefined) epoch = message.epoch;
    if (message.committed === undefined) return;
    acknowledged = message.committed + 1;
    // Not in the child's turn: a moment later it is somewhere inside the next commits.
    if (acknowledged === batches) setTimeout(() => child.kill("SIGKILL"), (batches * 7) % 5);
  });
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  return { epoch, acknowledged };
}

/** How many tasks each batch has in the hot table and in history. */
async function countBatches(store: Store): Promise<Map<string, { hot: number; finished: number; inputs: number }>> {
  const counts = new Map<string, { hot: number; finished: number; inputs: number }>();
  for (let cursor: string | undefined; ;) {
    const page = await store.listTasks("default", { limit: 1_000, ...(cursor !== undefined && { cursor }) });
    for (const { isFinished, row } of page.items) {
      const count = counts.get(row.key!) ?? { hot: 0, finished: 0, inputs: 0 };
      count[isFinished ? "finished" : "hot"] += 1;
      count.inputs += row.inputJson?.length ?? Number.NaN;
      counts.set(row.key!, count);
    }
    if (page.nextCursor === undefined) return counts;
    cursor = page.nextCursor;
  }
}

const inputsOfBatch = Array.from({ length: rowsPerBatch }, (_, n) => n * 100 + 2).reduce((sum, n) => sum + n, 0);

describe("a store whose process is killed in the middle of commits", () => {
  it.each([false, true])(
    `has every acknowledged batch, each whole or not at all, after ${kills / 2} kills (thread: %s)`,
    async (thread) => {
      const folder = await mkdtemp(join(tmpdir(), "capstan-crash-"));
      const lives: Life[] = [];
      for (let kill = 0; kill < kills / 2; kill += 1)
        lives.push(await killAfter(folder, 1 + ((kill * 5) % 23), thread));
      const store = openSqliteStore({ folder, thread: false });
      const opening = await store.open(launchedAtMs);
      expect(opening.epochs[7]).toBe(lives.length + 1);
      expect(opening.wasClean).toBe(false);
      const counts = await countBatches(store);
      for (const [at, { epoch, acknowledged }] of lives.entries()) {
        expect(epoch).toBe(at + 1);
        const stored = [...counts.keys()].filter((key) => key.startsWith(`${epoch}/`)).length;
        expect(stored).toBeGreaterThanOrEqual(acknowledged);
        for (let batch = 0; batch < stored; batch += 1) {
          const isLast = batch === stored - 1;
          expect(counts.get(`${epoch}/${batch}`)).toEqual({
            hot: isLast ? rowsPerBatch : 0,
            finished: isLast ? 0 : rowsPerBatch,
            inputs: inputsOfBatch,
          });
        }
      }
      await store.close(true);
      await rm(folder, { recursive: true, force: true });
    },
    60_000,
  );
});
