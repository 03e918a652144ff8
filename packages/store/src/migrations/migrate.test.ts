import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../sqlite/database.js";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import { databaseFile } from "../sqlite/store-writer.js";
import { dumpSchema } from "./dump-schema.js";
import { migrate } from "./migrate.js";
import { migrations } from "./migrations.js";

const next = { version: migrations.length + 1, name: "next", sql: "CREATE TABLE next (id INTEGER PRIMARY KEY) STRICT" };

describe("migrations", () => {
  it("are numbered from 1 without gaps", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1));
  });

  it("give the schema that is committed (else: npm run schema -w @capstan/store)", () => {
    const database = openDatabase(":memory:");
    migrate(database, 0);
    expect(dumpSchema(database)).toBe(readFileSync(new URL("../../schema.sqlite.sql", import.meta.url), "utf8"));
    database.close();
  });

  it("are applied once, in order, and recorded", () => {
    const database = openDatabase(":memory:");
    migrate(database, 5);
    migrate(database, 6);
    migrate(database, 7, [...migrations, next]);
    const rows = database.prepare("SELECT version, name, applied_at_ms AS at FROM migration ORDER BY version").all();
    expect(rows.map(({ version, name, at }) => [version, name, at])).toEqual([
      ...migrations.map(({ version, name }) => [version, name, 5]),
      [next.version, "next", 7],
    ]);
    database.close();
  });

  it("keep what is finished, and let a cause be written that an earlier version did not know", () => {
    const database = openDatabase(":memory:");
    migrate(database, 0, migrations.slice(0, 3));
    const add = (id: string, cause: string): unknown =>
      database
        .prepare(
          `INSERT INTO history (namespace, id, definition, revision, profile, priority, launched_at_ms, status, cause,
             is_flaky, round, trials_total, trials_counted, trials_lost, ended_at_ms, input)
           VALUES ('default', ?, 'a/b', 'rev', 'test', 5, 1, 'failed', ?, 0, 1, 1, 1, 0, 2, '{"n":1}')`,
        )
        .run(id, cause);
    add("task_1", "timeout");
    expect(() => add("task_2", "no-more-retries")).toThrow("CHECK");
    migrate(database, 0);
    add("task_2", "no-more-retries");
    const rows = database.prepare("SELECT id, cause, ended_at_ms AS at, input FROM history ORDER BY id").all();
    expect(rows).toMatchObject([
      { id: "task_1", cause: "timeout", at: 2, input: '{"n":1}' },
      { id: "task_2", cause: "no-more-retries" },
    ]);
    database.close();
  });

  it("leave nothing behind when one fails", () => {
    const database = openDatabase(":memory:");
    migrate(database, 0);
    const before = dumpSchema(database);
    const broken = { ...next, sql: `${next.sql}; CREATE TABLE task (id INTEGER)` };
    expect(() => migrate(database, 0, [...migrations, broken])).toThrow("task");
    expect(dumpSchema(database)).toBe(before);
    migrate(database, 0, [...migrations, next]);
    expect(dumpSchema(database)).toContain("CREATE TABLE next");
    database.close();
  });

  it.each([false, true])("refuse a store of a newer version and leave it as it was (thread: %s)", async (thread) => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-migrate-"));
    const store = openSqliteStore({ folder, thread });
    await store.open(1);
    await store.close(true);
    const database = openDatabase(join(folder, databaseFile));
    migrate(database, 2, [...migrations, next]);
    await expect(openSqliteStore({ folder, thread }).open(3)).rejects.toMatchObject({
      code: "store-newer",
      details: { version: next.version, known: migrations.length },
    });
    expect(database.prepare("SELECT min(epoch) AS low, max(epoch) AS high FROM partition").get()).toMatchObject({
      low: 1,
      high: 1,
    });
    database.close();
    await rm(folder, { recursive: true, force: true });
  });
});
