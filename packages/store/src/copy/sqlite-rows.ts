import type { Database, Value } from "../sqlite/database.js";
import { guard } from "../sqlite/store-failure.js";
import { firstRows, nextLimit, type RowBatch } from "./row-batch.js";
import type { TableShape } from "./table-shape.js";

export function countSqlite(database: Database, { table }: TableShape): number {
  return Number(guard(() => database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get())?.["rows"]);
}

/** The rows of a table, each batch after the last key of the one before. */
export async function* readSqlite(database: Database, { table, columns, key }: TableShape): AsyncGenerator<RowBatch> {
  const names = columns.map(({ name }) => name);
  const select = `SELECT ${names.join(", ")} FROM "${table}"`;
  const order = `ORDER BY ${key.join(", ")} LIMIT ?`;
  const first = guard(() => database.prepare(`${select} ${order}`));
  const places = key.map(() => "?").join(", ");
  const next = guard(() => database.prepare(`${select} WHERE (${key.join(", ")}) > (${places}) ${order}`));
  let last: readonly Value[] | undefined;
  for (let limit = firstRows; ;) {
    const rows = guard(() => (last === undefined ? first.all(limit) : next.all(...last, limit)));
    if (rows.length === 0) return;
    const batch = { cells: rows.flatMap((row) => names.map((name) => row[name]!)), count: rows.length };
    const end = rows.at(-1)!;
    last = key.map((name) => end[name]!);
    yield batch;
    limit = nextLimit(batch);
  }
}
