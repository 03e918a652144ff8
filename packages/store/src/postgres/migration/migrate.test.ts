import { fileURLToPath } from "node:url";
import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { describe, expect, it, vi } from "vitest";
import { onSchema } from "../../conformance/postgres-place.test.support.js";
import { parseAddress } from "../address.js";
import { Session } from "../session.js";
import { dumpSchema } from "./dump-schema.test.support.js";
import { migrate } from "./migrate.js";
import { migrations } from "./migrations.js";

vi.setConfig({ testTimeout: 60_000 });

const dump = fileURLToPath(new URL("../../../schema.postgres.sql", import.meta.url));
const next = { version: migrations.length + 1, name: "next", sql: "CREATE TABLE next (id int4 PRIMARY KEY)" };

/** Tables that are of the store itself, not of a namespace. */
const storeTables = ["engine", "engine_commit", "migration", "partition", "store"];

it("migrations are numbered from 1 without gaps", () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1));
});

describe.skipIf(!hasPostgres())("the migrations of PostgreSQL", () => {
  it("give the schema that is committed, with the namespace in the key of every table", async () => {
    const url = await freshPostgres();
    const { schema } = parseAddress(url);
    const session = await Session.connect(parseAddress(url));
    await migrate(session, { schema, nowMs: 5 });
    await session.end();
    const text = await onSchema(url, dumpSchema);
    await expect(text).toMatchFileSnapshot(dump);
    const tables = [...text.matchAll(/^CREATE TABLE (\w+) \(\n([\s\S]*?)^\)/gm)];
    const without = tables.filter(([, , body = ""]) => !/PRIMARY KEY \(namespace,/.test(body)).map(([, name]) => name);
    expect(tables.length).toBeGreaterThan(10);
    expect(without).toEqual(storeTables);
  });

  it("are applied once, in order, and leave nothing behind when one fails", async () => {
    const url = await freshPostgres();
    const { schema } = parseAddress(url);
    const session = await Session.connect(parseAddress(url));
    await migrate(session, { schema, nowMs: 5 });
    const before = await onSchema(url, dumpSchema);
    const broken = { ...next, sql: `${next.sql}; CREATE TABLE task (id int4)` };
    await expect(migrate(session, { schema, nowMs: 6, migrations: [...migrations, broken] })).rejects.toThrow("task");
    expect(await onSchema(url, dumpSchema)).toBe(before);
    await migrate(session, { schema, nowMs: 7, migrations: [...migrations, next] });
    const { rows } = await session.run("SELECT version, name, applied_at_ms FROM migration ORDER BY version");
    expect(rows).toEqual([...migrations.map(({ version, name }) => [version, name, 5]), [next.version, next.name, 7]]);
    await session.end();
  });
});
