import { givenColumns, givenRows } from "./given-rows.js";

/** A statement for any number of rows, and the columns of what it is given. */
export interface TableStatement {
  readonly text: string;
  readonly columns: ReturnType<typeof givenColumns>;
}

function assignments(columns: readonly string[], key: readonly string[]): string {
  return columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(", ");
}

/** What follows an INSERT whose row may be there already. */
export function onConflict(columns: readonly string[], key: readonly string[]): string {
  return `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${assignments(columns, key)}`;
}

/** Inserts; a row that is there already is an error. */
export function insertStatement(table: string, names: readonly string[]): TableStatement {
  const columns = givenColumns(names);
  return { columns, text: `INSERT INTO ${table} (${names.join(", ")}) SELECT * FROM ${givenRows(columns)}` };
}

/** Inserts, or replaces the row of the same key. A key may come once. */
export function upsertStatement(table: string, names: readonly string[], key: readonly string[]): TableStatement {
  const { columns, text } = insertStatement(table, names);
  return { columns, text: `${text} ${onConflict(names, key)}` };
}

/** Deletes the rows whose columns have the values given. */
export function deleteStatement(table: string, key: readonly string[]): TableStatement {
  const columns = givenColumns(key);
  const same = key.map((column) => `${table}.${column} = given.${column}`).join(" AND ");
  return { columns, text: `DELETE FROM ${table} USING ${givenRows(columns)} WHERE ${same}` };
}

/** Deletes of each of the given groups the rows beyond the last so many. */
export function trimStatement(
  table: string,
  group: readonly string[],
  { order, keep }: { readonly order: readonly string[]; readonly keep: number },
): TableStatement {
  const columns = givenColumns(group);
  const same = group.map((column) => `row.${column} = one.${column}`).join(" AND ");
  const newest = order.map((column) => `row.${column} DESC`).join(", ");
  return {
    columns,
    text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
      SELECT old.ctid FROM (SELECT DISTINCT ${group.join(", ")} FROM ${givenRows(columns)}) AS one CROSS JOIN LATERAL
        (SELECT row.ctid FROM ${table} AS row WHERE ${same} ORDER BY ${newest} OFFSET ${keep}) AS old))`,
  };
}
