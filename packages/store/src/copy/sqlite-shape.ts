import { CapstanError } from "@capstan/protocol/plain";
import type { Database } from "../sqlite/database.js";
import { shapesOf, type TableShape, type ValueKind } from "./table-shape.js";

const kinds: Readonly<Record<string, ValueKind>> = { INTEGER: "integer", REAL: "real", TEXT: "text", BLOB: "bytes" };

const columnsSql = `SELECT t.name AS "table", c.name AS name, c.type AS type, c.pk AS "keyAt"
  FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
  WHERE t.type = 'table' AND t.name NOT GLOB 'sqlite_*'`;

export function readSqliteShapes(database: Database): readonly TableShape[] {
  const rows = database.prepare(columnsSql).all() as unknown as Record<"table" | "name" | "type", string>[];
  return shapesOf(
    rows.map(({ table, name, type, ...row }) => {
      const kind = kinds[type];
      if (kind === undefined) throw new CapstanError("internal", `the column ${table}.${name} has the type ${type}`);
      return { table, name, kind, keyAt: Number((row as Record<string, unknown>)["keyAt"]) };
    }),
  );
}
