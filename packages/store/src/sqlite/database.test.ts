import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDatabase } from "./database.js";

/** Tables that are of the store itself, not of a namespace. */
const storeTables = new Set(["store", "migration", "partition"]);

describe("a database", () => {
  it("has a write-ahead log, and syncs each commit", async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-database-"));
    const database = openDatabase(join(folder, "test.db"));
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    database.close();
    await rm(folder, { recursive: true });
  });

  it("has the namespace in the key of every table", async () => {
    const schema = await readFile(new URL("../../schema.sqlite.sql", import.meta.url), "utf8");
    const tables = Array.from(schema.matchAll(/^CREATE TABLE (\w+) \(\n([\s\S]*?)^\)/gm));
    expect(tables.length).toBeGreaterThan(10);
    const without = tables.filter(([, , body = ""]) => !/PRIMARY KEY \(namespace,/.test(body)).map(([, name]) => name);
    expect(new Set(without)).toEqual(storeTables);
  });
});
