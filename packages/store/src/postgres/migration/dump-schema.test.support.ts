import type { Client } from "pg";

const tablesSql = `SELECT c.relname AS name, coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') AS options,
    (SELECT string_agg('  ' || part, E',\\n' ORDER BY kind, number, part) FROM (
      SELECT 1 AS kind, a.attnum AS number, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN l.collname = 'C' THEN ' COLLATE "C"' ELSE '' END || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS part
      FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT 2, 0, pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'c')
    ) AS parts) AS body
  FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`;

const indexesSql = `SELECT tablename AS name, indexdef AS sql FROM pg_indexes
  WHERE schemaname = $1 AND indexname NOT LIKE '%\\_pkey' ORDER BY tablename, indexname`;

/** A schema as SQL text, without its name: what `schema.postgres.sql` holds. */
export async function dumpSchema(client: Client, schema: string): Promise<string> {
  const tables = await client.query<{ name: string; options: string; body: string }>(tablesSql, [schema]);
  const indexes = await client.query<{ name: string; sql: string }>(indexesSql, [schema]);
  const header =
    "-- The schema of the PostgreSQL store after all migrations. Written by its test with `vitest run -u`.\n";
  const texts = tables.rows.map(({ name, options, body }) => {
    const own = indexes.rows.filter((index) => index.name === name);
    const lines = own.map(({ sql }) => `${sql.replaceAll(`${schema}.`, "")};\n`).join("");
    return `\nCREATE TABLE ${name} (\n${body}\n)${options};\n${lines}`;
  });
  return header + texts.join("");
}
