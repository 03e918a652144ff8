import { CapstanError } from "@capstan/protocol/plain";

/** What a column holds, whichever database keeps it. */
export type ValueKind = "integer" | "real" | "text" | "bytes";

export interface ColumnShape {
  readonly name: string;
  readonly kind: ValueKind;
}

/** A table as both databases have it. Columns are in the order of their names, since each database has an order of its own. */
export interface TableShape {
  readonly table: string;
  readonly columns: readonly ColumnShape[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** A column as the catalogue of a database tells it. */
export interface FoundColumn extends ColumnShape {
  readonly table: string;
  /** Where it is in the primary key, from 1; 0 when it is no part of it. */
  readonly keyAt: number;
}

/** What a store knows of its own making; each database numbers its migrations itself. */
const ledger = "migration";

/** The tables of a store, from its catalogue: a table or column that a migration adds is copied without being named anywhere. */
export function shapesOf(found: readonly FoundColumn[]): readonly TableShape[] {
  const names = [...new Set(found.map(({ table }) => table))].filter((table) => table !== ledger).toSorted();
  return names.map((table) => {
    const columns = found.filter((column) => column.table === table).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const key = columns.filter(({ keyAt }) => keyAt > 0).toSorted((a, b) => a.keyAt - b.keyAt);
    return {
      table,
      columns: columns.map(({ name, kind }) => ({ name, kind })),
      key: key.map(({ name }) => name),
    };
  });
}

/** @throws CapstanError `internal` naming the tables of one store that the other has not, or has otherwise. */
export function assertSameShapes(source: readonly TableShape[], target: readonly TableShape[]): void {
  const [left, right] = [textsOf(source), textsOf(target)];
  const different = [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => left.get(name) !== right.get(name),
  );
  if (different.length === 0) return;
  throw new CapstanError(
    "internal",
    `the two stores do not have the same tables (${different.toSorted().join(", ")}): nothing was copied. Move tables that are not Capstan's out of the store`,
  );
}

function textsOf(shapes: readonly TableShape[]): Map<string, string> {
  return new Map(shapes.map((shape) => [shape.table, JSON.stringify(shape)]));
}
