import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CapstanError } from "@capstan/protocol/plain";
import { loadSqlite, type Database } from "./database.js";

const lockFile = "capstan.lock";
const holderFile = "capstan.holder.json";
const busy = 5;

/**
 * The right to be the only engine on a folder. It is an exclusive transaction on a database of its own, so the system
 * takes it back when the process dies, however it dies, and a second engine in the same process is refused as well.
 */
export class FolderLock {
  readonly #database: Database;
  readonly #folder: string;

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** @throws CapstanError `store-locked` naming the process that holds the folder. */
  static take(folder: string): FolderLock {
    mkdirSync(folder, { recursive: true });
    const DatabaseSync = loadSqlite();
    const database = new DatabaseSync(join(folder, lockFile));
    try {
      database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) throw makeLockedError(folder);
      throw error;
    }
    const lock = new FolderLock(database, folder);
    try {
      writeFileSync(join(folder, holderFile), JSON.stringify({ pid: process.pid }));
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  }

  release(): void {
    rmSync(join(this.#folder, holderFile), { force: true });
    this.#database.close();
  }
}

function makeLockedError(folder: string): CapstanError {
  const pid = readHolder(folder);
  const who = pid === undefined ? "another process" : pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  return new CapstanError(
    "store-locked",
    `the folder ${folder} is used by ${who}: stop that engine, or choose another folder with --data`,
    { details: pid === undefined ? { folder } : { folder, pid } },
  );
}

function readHolder(folder: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, holderFile), "utf8")) as { pid?: unknown };
    return typeof pid === "number" ? pid : undefined;
  } catch {
    return undefined;
  }
}
