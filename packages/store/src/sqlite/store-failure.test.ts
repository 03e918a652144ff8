import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { launchedAtMs, makeTask, taskId } from "../conformance/sample-row.js";
import { InlineBackend } from "./backend.js";
import { openDatabase } from "./database.js";
import { openSqliteStore } from "./open-sqlite-store.js";
import { packBatch } from "../row/packed-batch.js";
import { StoreWriter, databaseFile } from "./store-writer.js";
import { guard } from "./store-failure.js";
import { systemRandom } from "@capstan/protocol/plain";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-failure-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function makeRows(from: number, count: number, inputBytes: number) {
  return Array.from({ length: count }, (_, n) =>
    makeTask({ id: taskId(from + n), inputJson: JSON.stringify("x".repeat(inputBytes)) }),
  );
}

describe("a store that fails", () => {
  it("says so when the disk is full, has nothing of the batch, and takes it again later", () =>
    withFolder(async (folder) => {
      const { writer, opening } = StoreWriter.open({ folder }, { nowMs: launchedAtMs, random: systemRandom });
      const fences = [{ partition: 7, epoch: opening.epochs[7]! }];
      const first = packBatch({ fences, insertedTasks: makeRows(0, 10, 100) });
      const large = packBatch({ fences, insertedTasks: makeRows(10, 200, 20_000) });
      const countRows = () => writer.database.prepare("SELECT count(*) AS rows FROM task").get()!["rows"];
      writer.commit(first);
      const pages = writer.database.prepare("PRAGMA page_count").get()!["page_count"] as number;
      writer.database.exec(`PRAGMA max_page_count = ${pages + 20}`);
      for (let time = 0; time < 2; time += 1) {
        expect(() => guard(() => writer.commit(large))).toThrow(
          expect.objectContaining({
            code: "store-failed",
            retryable: true,
            message: expect.stringContaining("free some space"),
          }),
        );
        expect(countRows()).toBe(10);
      }
      writer.commit(packBatch({ fences, insertedTasks: makeRows(500, 1, 10) }));
      writer.database.exec("PRAGMA max_page_count = 1000000");
      writer.commit(large);
      expect(countRows()).toBe(211);
      writer.close(true);
    }));

  it.each([false, true])("says so when the file is no database, and gives the lock back (thread: %s)", (thread) =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, databaseFile),
        "this is no database, but it is long enough to be read as one".repeat(99),
      );
      for (let time = 0; time < 2; time += 1) {
        await expect(openSqliteStore({ folder, thread }).open(1)).rejects.toMatchObject({ code: "store-failed" });
      }
    }),
  );

  it.each([false, true])("says so when the folder cannot be made (thread: %s)", (thread) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "file"), "");
      const store = openSqliteStore({ folder: join(folder, "file", "below"), thread });
      await expect(store.open(1)).rejects.toMatchObject({ code: "store-failed" });
    }),
  );

  it("says so while another program holds the database, and commits when it lets go", () =>
    withFolder(async (folder) => {
      const backend = new InlineBackend({ place: { folder }, random: systemRandom });
      await backend.open(launchedAtMs);
      const other = openDatabase(join(folder, databaseFile));
      other.exec("BEGIN IMMEDIATE");
      const batch = packBatch({ fences: [], insertedTasks: makeRows(0, 1, 10) });
      await expect(backend.commit(batch)).rejects.toMatchObject({ code: "store-failed", retryable: true });
      other.exec("ROLLBACK");
      other.close();
      await backend.commit(batch);
      await backend.close(true);
    }));

  it("refuses settings that make no sense", () => {
    for (const options of [{}, { folder: "x", memory: true }, { memory: true, thread: true }]) {
      expect(() => openSqliteStore(options)).toThrow(expect.objectContaining({ code: "invalid-config" }));
    }
  });
});
