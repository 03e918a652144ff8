import { freshPostgres, freePort, hasPostgres } from "@capstan/testkit";
import { describe, expect, it, vi } from "vitest";
import { onSchema } from "../conformance/postgres-place.test.support.js";
import { launchedAtMs, makeTask, taskId } from "../conformance/sample-row.js";
import { migrations } from "./migration/migrations.js";
import { openPostgresStore } from "./open-postgres-store.js";

vi.setConfig({ testTimeout: 90_000 });

describe("the address of a store", () => {
  it.each([
    "mysql://host/x",
    "postgres:",
    "/tmp/x",
    "postgres://h/d?schema=Drop%20it",
    "postgres://h/d?options=-csearch_path%3Dpublic",
    "postgres://h/d?shema=typo",
  ])("is refused: %s", (url) => {
    expect(() => openPostgresStore({ url })).toThrow(expect.objectContaining({ code: "invalid-config" }) as Error);
  });

  it("is named where it is none, without what may be a password", () => {
    expect(() => openPostgresStore({ url: "mysql://ann:secret@host/x" })).toThrow('"mysql://…@host/x" is no address');
  });

  it("where nobody listens is named with what to do, and without the password", async () => {
    const url = `postgres://ann:secret@127.0.0.1:${await freePort()}/tasks`;
    const opening = openPostgresStore({ url }).open(launchedAtMs);
    await expect(opening).rejects.toMatchObject({ code: "store-failed", retryable: true });
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:\d+\/tasks.*cannot be reached.*start the server/);
    await expect(opening).rejects.not.toThrow("secret");
  });
});

describe.skipIf(!hasPostgres())("a schema of PostgreSQL", () => {
  it("is made once when ten engines start at once, and one of them has it", async () => {
    const url = await freshPostgres();
    const stores = Array.from({ length: 10 }, () => openPostgresStore({ url }));
    const openings = await Promise.allSettled(stores.map((store) => store.open(launchedAtMs)));
    const refused = openings.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    expect(refused).toHaveLength(9);
    for (const error of refused) expect(error).toMatchObject({ code: "store-locked" });
    expect((refused[0] as Error).message).toMatch(/server process \d+.*stop it/);
    const versions = await onSchema(url, (client) => client.query("SELECT version FROM migration ORDER BY version"));
    expect(versions.rows).toEqual(migrations.map(({ version }) => ({ version })));
    await Promise.all(stores.map((store) => store.close(true)));
    const next = openPostgresStore({ url });
    expect((await next.open(launchedAtMs)).epochs[0]).toBe(2);
    await next.close(true);
  });

  it("is left alone by an engine that is refused, whatever that one would change", async () => {
    const url = await freshPostgres();
    const store = openPostgresStore({ url });
    await store.open(launchedAtMs);
    await onSchema(url, (client) => client.query("DELETE FROM migration"));
    await expect(openPostgresStore({ url }).open(launchedAtMs)).rejects.toMatchObject({ code: "store-locked" });
    const versions = await onSchema(url, (client) => client.query("SELECT version FROM migration"));
    expect(versions.rows).toEqual([]);
    await store.close(true);
  });

  it("keeps its key whatever the database's form of bytes is", async () => {
    const url = await freshPostgres();
    const keys: Buffer[] = [];
    for (const form of ["hex", "escape"]) {
      await onSchema(url, (client) => client.query(`ALTER ROLE CURRENT_USER SET bytea_output = '${form}'`));
      const store = openPostgresStore({ url });
      keys.push(Buffer.from((await store.open(launchedAtMs)).macKey));
      await store.close(true);
    }
    await onSchema(url, (client) => client.query("ALTER ROLE CURRENT_USER RESET bytea_output"));
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[0]).toHaveLength(32);
  });

  it("of a newer version is refused and left as it was", async () => {
    const url = await freshPostgres();
    const store = openPostgresStore({ url });
    await store.open(launchedAtMs);
    await store.close(true);
    const version = migrations.length + 1;
    const insert = "INSERT INTO migration (version, name, applied_at_ms) VALUES ($1, 'next', 0)";
    await onSchema(url, (client) => client.query(insert, [version]));
    await expect(openPostgresStore({ url }).open(launchedAtMs)).rejects.toMatchObject({
      code: "store-newer",
      details: { version, known: migrations.length },
    });
    const epochs = await onSchema(url, (client) => client.query("SELECT DISTINCT epoch FROM partition"));
    expect(epochs.rows).toEqual([{ epoch: "1" }]);
  });

  it("in a database without UTF-8 is refused", async () => {
    const url = new URL(await freshPostgres());
    const name = url.searchParams.get("schema")!;
    const sql = `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`;
    await onSchema(url.href, (client) => client.query(sql));
    url.pathname = name;
    const opening = openPostgresStore({ url: url.href }).open(launchedAtMs);
    await expect(opening).rejects.toMatchObject({ code: "unsupported" });
    await expect(opening).rejects.toThrow("ENCODING 'UTF8'");
  });

  it("is made by a role that owns it and nothing else, and used by one that may not change it", async () => {
    const url = new URL(await freshPostgres());
    const schema = url.searchParams.get("schema")!;
    const [owner, user] = [`${schema}_owner`, `${schema}_user`];
    // As the guide of operating lists it.
    const grants = `
      CREATE ROLE ${owner} LOGIN; CREATE ROLE ${user} LOGIN;
      CREATE SCHEMA ${schema} AUTHORIZATION ${owner};
      GRANT USAGE ON SCHEMA ${schema} TO ${user};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema}
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${user};`;
    await onSchema(url.href, (client) => client.query(grants));
    for (const role of [owner, user]) {
      url.username = role;
      const store = openPostgresStore({ url: url.href });
      const { epochs } = await store.open(launchedAtMs);
      const insertedTasks = [makeTask({ id: taskId(epochs[7]!) })];
      await store.commit({ fences: [{ partition: 7, epoch: epochs[7]! }], insertedTasks });
      await store.prune({ nowMs: launchedAtMs, taskRetentionMs: 1, logRetentionMs: 1, rowsMax: 10 });
      expect(await store.loadTasks(undefined, 9)).toHaveLength(epochs[7]!);
      await store.close(true);
    }
    url.searchParams.set("schema", `${schema}_2`);
    await expect(openPostgresStore({ url: url.href }).open(launchedAtMs)).rejects.toThrow(
      /permission denied.*grant the role/,
    );
  });
});
