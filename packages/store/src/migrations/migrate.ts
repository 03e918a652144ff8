import { CapstanError } from "@capstan/protocol/plain";
import type { Database } from "../sqlite/database.js";
import type { Migration } from "./migration.js";
import { migrations as allMigrations } from "./migrations.js";

/** "CAPS": lets `file` and others tell whose database it is. */
const applicationId = 0x43415053;

const ledger = `CREATE TABLE IF NOT EXISTS migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`;

/**
 * Brings the schema up to date, each migration in a transaction of its own.
 * @throws CapstanError `store-newer` when the store was written by a newer version; nothing is changed then.
 */
export function migrate(database: Database, nowMs: number, migrations: readonly Migration[] = allMigrations): void {
  const version = readVersion(database);
  const known = migrations.at(-1)?.version ?? 0;
  if (version > known) {
    throw new CapstanError(
      "store-newer",
      `the store has schema ${version} and this version of Capstan knows ${known}: start the newer version`,
      { details: { version, known } },
    );
  }
  for (const migration of migrations) {
    if (migration.version > version) apply(database, migration, nowMs);
  }
}

export function readVersion(database: Database): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'").get();
  if (table === undefined) return 0;
  return Number(database.prepare("SELECT max(version) AS version FROM migration").get()?.["version"] ?? 0);
}

function apply(database: Database, { version, name, sql }: Migration, nowMs: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    if (version === 1) database.exec(`PRAGMA application_id = ${applicationId}; ${ledger}`);
    database.exec(sql);
    database.prepare("INSERT INTO migration (version, name, applied_at_ms) VALUES (?, ?, ?)").run(version, name, nowMs);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
