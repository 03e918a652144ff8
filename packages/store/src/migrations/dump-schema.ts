import type { Database } from "../sqlite/database.js";

/** The schema of a database as SQL text: what `schema.sqlite.sql` holds. */
export function dumpSchema(database: Database): string {
  const rows = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").all();
  const header =
    "-- The schema of the SQLite store after all migrations. Written by `npm run schema -w @capstan/store`.\n";
  return header + rows.map((row) => `\n${String(row["sql"])};\n`).join("");
}
