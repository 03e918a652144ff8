import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { launchedAtMs, taskId } from "../conformance/sample-row.js";
import { onSchema } from "../conformance/postgres-place.test.support.js";
import { openPostgresStore } from "../postgres/open-postgres-store.js";
import { openDatabase } from "../sqlite/database.js";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import { copyStore, digestStore, type CopyProgress } from "./copy-store.js";
import { fillStore, wildTexts } from "./filled-store.test.support.js";
import { openSource } from "./open-ends.js";
import { epochsAhead } from "./raise-epochs.js";
import { digestOfTables, type TableDigest } from "./store-digest.js";

vi.setConfig({ testTimeout: 120_000 });

const nowMs = launchedAtMs + 1;
let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "capstan-copy-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const at = (name: string): string => join(root, name);

async function digestsOf(place: string): Promise<readonly TableDigest[]> {
  const source = await openSource({ from: place });
  try {
    return await digestStore(source);
  } finally {
    await source.close();
  }
}

/** Tables that a committed schema makes. */
function tablesOf(file: string): string[] {
  const sql = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  return [...sql.matchAll(/^CREATE TABLE "?(\w+)"? \(/gm)].map(([, name]) => name!).toSorted();
}

describe.skipIf(!hasPostgres())("a copy between SQLite and PostgreSQL", () => {
  it("has every row of every table there and back, by digest, and leaves the source as it was", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }));
    const before = await digestsOf(at("a"));
    const url = await freshPostgres();
    const there = await copyStore({ from: at("a"), to: url, nowMs });
    const back = await copyStore({ from: url, to: at("b"), nowMs });
    expect(there.tables).toEqual(before);
    expect(back.tables).toEqual(before);
    expect(there.digest).toBe(digestOfTables(before));
    expect(back).toMatchObject({ digest: there.digest, rows: there.rows, from: there.to, to: at("b") });
    expect(await digestsOf(at("a"))).toEqual(before);
    expect(await digestsOf(url)).toEqual(before);
    // Each is of real rows, and none is missing: of the schemas only the partitions and the ledger are in no digest.
    expect(before.filter(({ rows }) => rows === 0)).toEqual([]);
    const copied = [...before.map(({ table }) => table), "migration", "partition"].toSorted();
    expect(copied).toEqual(tablesOf("schema.sqlite.sql"));
    // Which engines share it is of the store that they share.
    expect([...copied, "engine", "engine_commit"].toSorted()).toEqual(tablesOf("schema.postgres.sql"));
  });

  it("gives an engine the same tasks, key and end, and epochs above all that either side gave out", async () => {
    const from = await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { isClean: false });
    const url = await freshPostgres();
    for (let start = 0; start < 3; start += 1) {
      const own = openPostgresStore({ url });
      await own.open(nowMs);
      await own.close(true);
    }
    await copyStore({ from: at("a"), to: url, nowMs });
    const store = openPostgresStore({ url });
    const opening = await store.open(nowMs);
    expect(Buffer.from(opening.macKey).equals(from.macKey)).toBe(true);
    expect(opening.wasClean).toBe(false);
    expect(opening.epochs).toEqual(from.epochs.map(() => 3 + epochsAhead + 1));
    for (const [n, text] of wildTexts.entries()) {
      const [hot, done] = [await store.readTask({ namespace: "default", id: taskId(100 + n) }), taskId(200 + n)];
      const kept = text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
      expect(hot).toMatchObject({ isFinished: false, row: { key: kept, inputJson: JSON.stringify(text) } });
      expect(await store.readTask({ namespace: "default", id: done })).toMatchObject({ row: { reason: kept } });
      const stream = n % 2 === 0 ? "stdout" : "stderr";
      const log = { namespace: "default", trial: `trial_${n}`, stream, offset: 0, bytesMax: 9_999 } as const;
      expect((await store.readLog(log)).text).toBe(kept);
    }
    await store.close(true);
  });

  it("refuses what is not empty, and changes nothing there", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { plain: 1 });
    const url = await freshPostgres();
    await copyStore({ from: at("a"), to: url, nowMs });
    const before = await digestsOf(url);
    await expect(copyStore({ from: at("a"), to: url, nowMs })).rejects.toMatchObject({
      code: "store-not-empty",
      message: expect.stringMatching(/has rows of \w+ already: name another schema/),
    });
    await expect(copyStore({ from: url, to: at("a"), nowMs })).rejects.toMatchObject({
      code: "store-not-empty",
      message: expect.stringContaining("move its capstan.db away"),
    });
    expect(await digestsOf(url)).toEqual(before);
    expect(await digestsOf(at("a"))).toEqual(before);
  });

  it("refuses a store that an engine has, on either side", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { plain: 1 });
    const url = await freshPostgres();
    const locked = { code: "store-locked" };
    const left = openSqliteStore({ folder: at("a"), thread: false });
    await left.open(nowMs);
    await expect(copyStore({ from: at("a"), to: url, nowMs })).rejects.toMatchObject(locked);
    await left.close(true);
    const right = openPostgresStore({ url });
    await right.open(nowMs);
    await expect(copyStore({ from: at("a"), to: url, nowMs })).rejects.toMatchObject(locked);
    await expect(copyStore({ from: url, to: at("b"), nowMs })).rejects.toMatchObject(locked);
    await right.close(true);
    // And an engine is refused while a copy is under way.
    const refused: unknown[] = [];
    await copyStore({
      from: at("a"),
      to: url,
      nowMs,
      onProgress: ({ phase, table }) => {
        if (phase !== "write" || table !== "worker") return;
        const other = openSqliteStore({ folder: at("a"), thread: false });
        refused.push(other.open(nowMs).catch((error: unknown) => error));
      },
    });
    expect(await Promise.all(refused)).toMatchObject([locked]);
  });

  it("refuses a table that only one of the two has, by its name", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { plain: 1 });
    const url = await freshPostgres();
    await copyStore({ from: at("a"), to: url, nowMs });
    await onSchema(url, (client) => client.query("CREATE TABLE later (id int4 PRIMARY KEY)"));
    await expect(copyStore({ from: url, to: at("b"), nowMs })).rejects.toThrow("same tables (later)");
    await onSchema(url, (client) => client.query("DROP TABLE later; ALTER TABLE plugin ADD COLUMN later text"));
    await expect(copyStore({ from: url, to: at("b"), nowMs })).rejects.toThrow("same tables (plugin)");
    expect(await readdir(at("b"))).toEqual(["capstan.lock"]);
  });

  it("refuses another schema version with the remedy", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { plain: 1 });
    const url = await freshPostgres();
    await expect(copyStore({ from: url, to: at("b"), nowMs })).rejects.toMatchObject({ code: "invalid-config" });
    await copyStore({ from: at("a"), to: url, nowMs });
    const older = { code: "store-older", message: expect.stringContaining("start an engine of this version") };
    const newer = { code: "store-newer" };
    const database = openDatabase(join(at("a"), "capstan.db"));
    database.exec("DELETE FROM migration WHERE version = (SELECT max(version) FROM migration)");
    await expect(copyStore({ from: at("a"), to: at("b"), nowMs })).rejects.toMatchObject(older);
    database.exec("INSERT INTO migration VALUES (1000000, 'later', 0)");
    database.close();
    await expect(copyStore({ from: at("a"), to: at("b"), nowMs })).rejects.toMatchObject(newer);
    await onSchema(url, (client) => client.query("INSERT INTO migration VALUES (1000000, 'later', 0)"));
    await expect(copyStore({ from: url, to: at("b"), nowMs })).rejects.toMatchObject(newer);
  });
});

describe("a copy of a store", () => {
  it("tells how far it is, and ends at a signal without leaving anything", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }));
    const seen: CopyProgress[] = [];
    const ending = new AbortController();
    const copied = copyStore({
      from: at("a"),
      to: at("b"),
      nowMs,
      signal: ending.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.phase === "check") ending.abort();
      },
    });
    await expect(copied).rejects.toMatchObject({ name: "AbortError" });
    expect(await readdir(at("b"))).toEqual(["capstan.lock"]);
    const written = seen.filter(({ phase }) => phase === "write");
    expect(written.at(-1)!.rows).toBe(written[0]!.rowsTotal);
    expect(written.map(({ rows }) => rows)).toEqual(written.map(({ rows }) => rows).toSorted((a, b) => a - b));
    expect(written.length).toBeGreaterThan(20);
  });

  it("is refused onto itself, and from a place that has none", async () => {
    await fillStore(openSqliteStore({ folder: at("a"), thread: false }), { plain: 1 });
    const itself = copyStore({ from: at("a"), to: join(root, "b", "..", "a"), nowMs });
    await expect(itself).rejects.toMatchObject({ code: "invalid-config" });
    await expect(copyStore({ from: at("none"), to: at("b"), nowMs })).rejects.toMatchObject({ code: "invalid-config" });
    await expect(copyStore({ from: "mysql://x/y", to: at("b"), nowMs })).rejects.toMatchObject({
      code: "invalid-config",
    });
    expect(await readdir(root)).toEqual(["a"]);
  });
});
