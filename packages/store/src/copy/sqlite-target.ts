import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CapstanError } from "@capstan/protocol/plain";
import { migrate } from "../migrations/migrate.js";
import { openDatabase, type Database, type Statement } from "../sqlite/database.js";
import { FolderLock } from "../sqlite/folder-lock.js";
import { guard } from "../sqlite/store-failure.js";
import { databaseFile } from "../sqlite/store-writer.js";
import type { RowBatch } from "./row-batch.js";
import { countSqlite, readSqlite } from "./sqlite-rows.js";
import { readSqliteShapes } from "./sqlite-shape.js";
import type { CopyTarget } from "./store-end.js";
import type { TableShape } from "./table-shape.js";

/** What is not whole yet has a name that no engine opens. */
export const incompleteFile = "capstan.incomplete.db";

/**
 * Makes a store in a folder that has none. It is written into a file of another name, which takes the name of the
 * database when it is whole and synced: whatever ends the copy earlier leaves a folder without a store.
 */
export class SqliteTarget implements CopyTarget {
  readonly shown: string;
  readonly shapes: readonly TableShape[];
  readonly epochMax = 0;
  readonly #database: Database;
  readonly #lock: FolderLock;
  readonly #inserts = new Map<string, Statement>();
  #isOpen = true;

  private constructor(folder: string, database: Database, lock: FolderLock) {
    this.shown = folder;
    this.#database = database;
    this.#lock = lock;
    this.shapes = readSqliteShapes(database);
  }

  /** @throws CapstanError `store-locked`, `store-not-empty`, `store-failed`. */
  static open(folder: string, nowMs: number): SqliteTarget {
    return guard(() => {
      const lock = FolderLock.take(folder);
      let database: Database | undefined;
      try {
        if (existsSync(join(folder, databaseFile))) {
          const remedy = `name another folder, or move its ${databaseFile} away`;
          throw new CapstanError("store-not-empty", `the folder ${folder} has a store already: ${remedy}`);
        }
        removeIncomplete(folder);
        database = openDatabase(join(folder, incompleteFile));
        // Nobody reads it before it is whole, and then it is synced at once: a log would write all of it twice.
        database.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
        migrate(database, nowMs);
        database.exec("BEGIN IMMEDIATE");
        return new SqliteTarget(folder, database, lock);
      } catch (error) {
        database?.close();
        lock.release();
        throw error;
      }
    });
  }

  async count(shape: TableShape): Promise<number> {
    return countSqlite(this.#database, shape);
  }

  read(shape: TableShape): AsyncIterable<RowBatch> {
    return readSqlite(this.#database, shape);
  }

  async write({ table, columns }: TableShape, { cells }: RowBatch): Promise<void> {
    guard(() => {
      let insert = this.#inserts.get(table);
      if (insert === undefined) {
        const names = columns.map(({ name }) => name);
        const places = names.map(() => "?").join(", ");
        insert = this.#database.prepare(`INSERT INTO "${table}" (${names.join(", ")}) VALUES (${places})`);
        this.#inserts.set(table, insert);
      }
      const width = columns.length;
      for (let at = 0; at < cells.length; at += width) insert.run(...cells.slice(at, at + width));
    });
  }

  async keep(): Promise<void> {
    guard(() => {
      this.#database.exec("COMMIT");
      this.#closeDatabase();
      const path = join(this.shown, incompleteFile);
      sync(path);
      renameSync(path, join(this.shown, databaseFile));
      sync(this.shown);
    });
  }

  async close(): Promise<void> {
    guard(() => {
      this.#closeDatabase();
      removeIncomplete(this.shown);
      this.#lock.release();
    });
  }

  #closeDatabase(): void {
    if (this.#isOpen) this.#database.close();
    this.#isOpen = false;
  }
}

function removeIncomplete(folder: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(join(folder, incompleteFile + suffix), { force: true });
}

/** Writes a file, or the names in a folder, through to the disk. */
function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
