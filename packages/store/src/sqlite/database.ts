import { createRequire } from "node:module";
import type { ErrorCode } from "@capstan/protocol";
import { CapstanError } from "@capstan/protocol/plain";
import type { Value } from "../row/value.js";

export type { Value };

/** The part of a prepared statement of `node:sqlite` that the driver uses. */
export interface Statement {
  run(...values: Value[]): { readonly changes: number | bigint };
  get(...values: Value[]): Record<string, Value> | undefined;
  all(...values: Value[]): Record<string, Value>[];
  iterate(...values: Value[]): Iterable<Record<string, Value>>;
}

/** The part of `DatabaseSync` of `node:sqlite` that the driver uses. */
export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

export type DatabaseConstructor = new (path: string) => Database;

interface SqliteModule {
  readonly DatabaseSync: DatabaseConstructor;
}

/**
 * Gives the SQLite of Node itself where it has one without a flag (22.13 and later), else `@photostructure/sqlite`,
 * which has the same interface.
 * @throws CapstanError `unsupported` when there is neither.
 */
export function loadSqlite(): DatabaseConstructor {
  const builtin = loadBuiltin();
  if (builtin !== undefined) return builtin.DatabaseSync;
  try {
    return (createRequire(import.meta.url)("@photostructure/sqlite") as SqliteModule).DatabaseSync;
  } catch (error) {
    const code: ErrorCode = "unsupported";
    throw new CapstanError(code, "no SQLite here: install @photostructure/sqlite 1.2.1 or use Node 22.13 or later", {
      cause: error,
    });
  }
}

/** Loads `node:sqlite` without its warning that the module is young: a library does not write to stderr. */
function loadBuiltin(): SqliteModule | undefined {
  const { emitWarning } = process; // oxlint-disable-line typescript/unbound-method -- put back as it was
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite") as unknown as SqliteModule | undefined;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Settings of one connection, each with a figure behind it in docs of the driver. */
export interface Tuning {
  /** Pages of 8 KiB: rows up to 2 KiB stay on one page of a table without rowid. */
  readonly pageBytes: number;
  readonly cacheBytes: number;
  /** Pages in the log after which a commit also copies them to the database. */
  readonly checkpointPages: number;
}

/** 500 pages keep the longest commit at about 6 ms; more pages make it longer and save no CPU. */
export const defaultTuning: Tuning = { pageBytes: 8_192, cacheBytes: 64 * 1_048_576, checkpointPages: 500 };

/** How long a program beside (a backup, a shell) may hold the database before a commit fails with `store-failed`. */
const busyMs = 1_000;

/** Opens a connection that syncs each commit. Memory-mapped reads stay off: an I/O error there would kill the process. */
export function openDatabase(path: string, tuning: Tuning = defaultTuning): Database {
  const DatabaseSync = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    database.exec(
      `PRAGMA busy_timeout = ${busyMs};
       PRAGMA page_size = ${tuning.pageBytes};
       PRAGMA journal_mode = WAL;
       PRAGMA synchronous = FULL;
       PRAGMA cache_size = -${Math.floor(tuning.cacheBytes / 1024)};
       PRAGMA wal_autocheckpoint = ${tuning.checkpointPages};
       PRAGMA journal_size_limit = ${64 * 1_048_576};
       PRAGMA mmap_size = 0;
       PRAGMA temp_store = MEMORY;`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
