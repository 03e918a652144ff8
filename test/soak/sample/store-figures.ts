import { createRequire } from "node:module";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoreFigures } from "./sample.js";

interface Reading {
  prepare(sql: string): { get(): Record<string, unknown>; all(): Record<string, unknown>[] };
  close(): void;
}
type DatabaseSync = new (path: string, options: { readonly readOnly: true }) => Reading;

const fromStore = createRequire(import.meta.resolve("@capstan/store"));

/** The size of what is in a folder and below. */
export async function sizeOf(folder: string): Promise<{ readonly bytes: number; readonly files: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => bytesOf(join(parentPath, name))));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: files.length };
}

/** A file may be deleted at any moment. */
function bytesOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** What a store's folder holds; `isWhole`: with the rows of each table, which all have to be walked for it. */
export async function readStoreFigures(folder: string, isWhole: boolean): Promise<StoreFigures> {
  const database = join(folder, "capstan.db");
  const [databaseBytes, walBytes, blobs] = await Promise.all([
    bytesOf(database),
    bytesOf(`${database}-wal`),
    sizeOf(join(folder, "blobs")),
  ]);
  const figures = { databaseBytes, walBytes, blobBytes: blobs.bytes, blobFiles: blobs.files };
  return isWhole ? { ...figures, ...readRows(database) } : figures;
}

/** Beside the engine, as a shell or a backup would: it reads one snapshot and holds nothing up. */
function readRows(file: string): Pick<Required<StoreFigures>, "usedBytes" | "rows"> {
  const database = new (loadSqlite())(file, { readOnly: true });
  try {
    const one = (sql: string): number => Number(Object.values(database.prepare(sql).get())[0]);
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const names = tables.map(({ name }) => String(name)).filter((name) => !name.startsWith("sqlite_"));
    const pages = one("PRAGMA page_count") - one("PRAGMA freelist_count");
    return {
      usedBytes: pages * one("PRAGMA page_size"),
      rows: Object.fromEntries(names.map((name) => [name, one(`SELECT count(*) FROM "${name}"`)])),
    };
  } finally {
    database.close();
  }
}

/** As the store itself does: Node's own where it has one without a flag. */
function loadSqlite(): DatabaseSync {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const hasOwn = major > 22 || (major === 22 && minor >= 13);
  const module = hasOwn ? process.getBuiltinModule("node:sqlite") : fromStore("@photostructure/sqlite");
  return (module as { DatabaseSync: DatabaseSync }).DatabaseSync;
}
