import { existsSync } from "node:fs";
import { join } from "node:path";
import { readVersion } from "../migrations/migrate.js";
import { migrations } from "../migrations/migrations.js";
import { openDatabase, type Database } from "../sqlite/database.js";
import { FolderLock } from "../sqlite/folder-lock.js";
import { guard } from "../sqlite/store-failure.js";
import { databaseFile } from "../sqlite/store-writer.js";
import { checkVersion } from "./check-version.js";
import { countSqlite, readSqlite } from "./sqlite-rows.js";
import { readSqliteShapes } from "./sqlite-shape.js";
import type { CopySource } from "./store-end.js";

/** @throws CapstanError `invalid-config`, `store-locked`, `store-newer`, `store-older`, `store-failed`. */
export function openSqliteSource(folder: string): CopySource {
  const path = join(folder, databaseFile);
  // Asked first: to take the lock makes the folder.
  if (!existsSync(path)) checkVersion(folder, 0, migrations.length);
  return guard(() => {
    const lock = FolderLock.take(folder);
    let database: Database | undefined;
    try {
      database = openDatabase(path);
      checkVersion(folder, readVersion(database), migrations.length);
      return sourceOf(folder, database, lock);
    } catch (error) {
      database?.close();
      lock.release();
      throw error;
    }
  });
}

function sourceOf(folder: string, database: Database, lock: FolderLock): CopySource {
  return {
    shown: folder,
    shapes: readSqliteShapes(database),
    count: async (shape) => countSqlite(database, shape),
    read: (shape) => readSqlite(database, shape),
    close: async () => {
      database.close();
      lock.release();
    },
  };
}
