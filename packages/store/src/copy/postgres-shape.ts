import { CapstanError } from "@capstan/protocol/plain";
import type { ColumnKind } from "../postgres/column-kind.js";
import type { Runner } from "../postgres/session.js";
import { shapesOf, type TableShape, type ValueKind } from "./table-shape.js";

const kinds: Readonly<Record<string, ValueKind>> = {
  int2: "integer",
  int4: "integer",
  int8: "integer",
  float8: "real",
  text: "text",
  bytea: "bytes",
};

/** Engines that share a store, and what each has, are not copied: none may be there. Of a table that is parted by range the whole. A generated column stands in the key for the one that it is named after. */
const columnsSql = `SELECT c.relname::text, regexp_replace(a.attname, CASE WHEN a.attgenerated = '' THEN '^$' ELSE '_hash$' END, ''),
    t.typname::text, coalesce(array_position(k.conkey, a.attnum), 0), CASE WHEN a.attgenerated = '' THEN 0 ELSE 1 END
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
  WHERE c.relnamespace = to_regnamespace(current_schema()::text) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT IN ('engine', 'engine_commit')
    AND NOT (c.relname = 'partition' AND a.attname IN ('engine', 'handed_to'))`;

export interface PostgresShapes {
  readonly shapes: readonly TableShape[];
  /** How a column travels, by table and column. */
  readonly typeOf: (table: string, column: string) => ColumnKind;
}

export async function readPostgresShapes(runner: Runner): Promise<PostgresShapes> {
  const { rows } = await runner.run(columnsSql);
  const types = new Map<string, ColumnKind>();
  const keyed = new Map<string, number>();
  for (const [table, name, type, keyAt, isGenerated] of rows as [string, string, string, number, number][]) {
    if (isGenerated === 1) keyed.set(`${table}.${name}`, keyAt);
    else types.set(`${table}.${name}`, type as ColumnKind);
  }
  const found = (rows as [string, string, string, number, number][])
    .filter(([, , , , isGenerated]) => isGenerated === 0)
    .map(([table, name, type, keyAt]) => {
      const kind = kinds[type];
      if (kind === undefined) throw new CapstanError("internal", `the column ${table}.${name} has the type ${type}`);
      return { table, name, kind, keyAt: keyed.get(`${table}.${name}`) ?? keyAt };
    });
  return { shapes: shapesOf(found), typeOf: (table, column) => types.get(`${table}.${column}`)! };
}
