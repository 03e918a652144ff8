import { CapstanError } from "@capstan/protocol/plain";
import type { Migration } from "../../migrations/migration.js";
import { locks, schemaKey } from "../advisory-lock.js";
import type { Session } from "../session.js";
import { migrations as allMigrations } from "./migrations.js";

const ledger = `CREATE TABLE migration (
  version int4 PRIMARY KEY,
  name text NOT NULL,
  applied_at_ms int8 NOT NULL
)`;

export interface MigrateOptions {
  readonly schema: string;
  readonly nowMs: number;
  readonly migrations?: readonly Migration[];
}

/**
 * Brings a schema up to date in one transaction, and makes it when it is not there. Who comes meanwhile waits, so that
 * any number of engines may start at once.
 * @throws CapstanError `store-newer` when the store was written by a newer version; nothing is changed then.
 */
export async function migrate(session: Session, options: MigrateOptions): Promise<void> {
  const { schema, nowMs, migrations = allMigrations } = options;
  if ((await readVersion(session, schema)) === migrations.length) return;
  await session.transact(async () => {
    await session.run("SET LOCAL lock_timeout = '60s'");
    await session.run("SELECT pg_advisory_xact_lock($1::int4, hashtext($2))", locks.migration, schemaKey(schema));
    const version = await readVersion(session, schema);
    const known = migrations.at(-1)?.version ?? 0;
    if (version > known) {
      throw new CapstanError(
        "store-newer",
        `the store has schema ${version} and this version of Capstan knows ${known}: start the newer version`,
        { details: { version, known } },
      );
    }
    if (version === 0) await makeSchema(session, schema);
    for (const migration of migrations) {
      if (migration.version > version) await apply(session, migration, nowMs);
    }
  });
}

async function makeSchema(session: Session, schema: string): Promise<void> {
  // Asked first: without it a role that may not create schemas could not use one that was made for it.
  const { count } = await session.run("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", schema);
  if (count === 0) await session.execute(`CREATE SCHEMA ${schema}`);
  await session.execute(ledger);
}

export async function readVersion(session: Session, schema: string): Promise<number> {
  const table = await session.run(
    "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'migration'",
    schema,
  );
  if (table.count === 0) return 0;
  return (await session.run("SELECT coalesce(max(version), 0) FROM migration")).rows[0]![0] as number;
}

async function apply(session: Session, { version, name, sql }: Migration, nowMs: number): Promise<void> {
  await session.execute(sql);
  await session.run("INSERT INTO migration (version, name, applied_at_ms) VALUES ($1, $2, $3)", version, name, nowMs);
}
