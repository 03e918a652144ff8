import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAt, type OpenStore } from "../conformance/conformance-kit.js";
import { onSchema } from "../conformance/postgres-place.test.support.js";
import { launchedAtMs, makeMuted, makeTask, taskId } from "../conformance/sample-row.js";
import type { CommitBatch } from "../store.js";
import { openPostgresStore } from "./open-postgres-store.js";
import { ServerProxy } from "./server-proxy.test.support.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe.skipIf(!hasPostgres())("a store on PostgreSQL whose connection is lost", () => {
  let direct = "";
  let proxy: ServerProxy;
  let open: OpenStore;
  beforeEach(async () => {
    direct = await freshPostgres();
    proxy = await ServerProxy.start(direct);
    open = await openAt({
      make: () => openPostgresStore({ url: proxy.url }),
      isDurable: true,
      dispose: async () => {},
    });
  });
  afterEach(async () => {
    await open.store.close(true).catch(() => {});
    proxy.close();
  });

  const batchOf = (...sequences: number[]) => ({
    fences: [{ partition: 7, epoch: open.opening.epochs[7]! }],
    insertedTasks: sequences.map((n) => makeTask({ id: taskId(n) })),
  });

  /** As an engine does: what failed for now is tried again. */
  const commit = async (batch: CommitBatch): Promise<void> => {
    for (;;) {
      try {
        return await open.store.commit(batch);
      } catch (error) {
        if ((error as { code?: string }).code !== "store-failed") throw error;
      }
    }
  };

  it("with the answer to a commit writes the batch once when it is given again", async () => {
    const batch = batchOf(1, 2);
    proxy.swallowCommit();
    await expect(open.store.commit(batch)).rejects.toMatchObject({ code: "store-failed", retryable: true });
    expect(proxy.swallowed).toBe(1);
    await open.store.commit(batch);
    await open.store.commit(batchOf(3));
    expect((await open.store.loadTasks(undefined, 9)).map(({ id }) => id)).toEqual([1, 2, 3].map((n) => taskId(n)));
  });

  it("with the answer to a commit, and then that to the question about it, writes the batch once", async () => {
    const batch = batchOf(1);
    proxy.swallowCommit();
    await expect(open.store.commit(batch)).rejects.toMatchObject({ code: "store-failed" });
    // The question is a transaction of its own.
    proxy.swallowCommit();
    await expect(open.store.commit(batch)).rejects.toMatchObject({ code: "store-failed" });
    expect(proxy.swallowed).toBe(2);
    await commit(batch);
    expect(await open.store.loadTasks(undefined, 9)).toHaveLength(1);
  });

  it("before a commit, and something else is written meanwhile, writes the batch when it is given again", async () => {
    const fence = { partition: 7, epoch: open.opening.epochs[7]! };
    const batch = batchOf(1);
    await open.store.changeMuted({ fence, muted: [makeMuted()] });
    proxy.cutBeforeCommit();
    await expect(open.store.commit(batch)).rejects.toMatchObject({ code: "store-failed" });
    expect(proxy.swallowed).toBe(1);
    for (let isDone = false; !isDone;) {
      isDone = await open.store.changeMuted({ fence, muted: [makeMuted({ key: "b" })] }).then(
        () => true,
        () => false,
      );
    }
    await open.store.commit(batch);
    expect(await open.store.loadTasks(undefined, 9)).toHaveLength(1);
  });

  it("while it is read fails that read, and the next one is answered", async () => {
    await open.store.commit(batchOf(1));
    await onSchema(direct, async (client) => {
      await client.query("BEGIN; LOCK TABLE history");
      const reading = open.store.readTask({ namespace: "default", id: taskId(2) });
      reading.catch(() => {});
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'history'::regclass";
      while ((await client.query(waiting)).rows.length === 0);
      proxy.cut();
      await expect(reading).rejects.toMatchObject({ code: "store-failed" });
      await client.query("ROLLBACK");
    });
    expect(await open.store.readTask({ namespace: "default", id: taskId(1) })).toMatchObject({ isFinished: false });
  });

  it("before the commit writes it when it is given again", async () => {
    const batch = batchOf(1);
    await onSchema(direct, async (client) => {
      await client.query("BEGIN; LOCK TABLE task");
      const writing = open.store.commit(batch);
      writing.catch(() => {});
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'task'::regclass";
      while ((await client.query(waiting)).rows.length === 0);
      proxy.cut();
      await expect(writing).rejects.toMatchObject({ code: "store-failed" });
      await client.query("ROLLBACK");
    });
    await open.store.commit(batch);
    expect(await open.store.loadTasks(undefined, 9)).toHaveLength(1);
  });

  it("between two commits goes on, and still has the store for itself", async () => {
    await open.store.commit(batchOf(1));
    proxy.cut();
    await commit(batchOf(2));
    expect(await open.store.loadTasks(undefined, 9)).toHaveLength(2);
    const other = openPostgresStore({ url: direct });
    await expect(other.open(launchedAtMs)).rejects.toMatchObject({ code: "store-locked" });
  });

  it("while another engine takes the store is fenced, and writes nothing", async () => {
    await open.store.commit(batchOf(1));
    proxy.cut();
    const other = openPostgresStore({ url: direct });
    await other.open(launchedAtMs);
    await other.close(true);
    await expect(commit(batchOf(2))).rejects.toMatchObject({ name: "FencedError" });
    expect(await open.store.loadTasks(undefined, 9)).toHaveLength(1);
  });
});
