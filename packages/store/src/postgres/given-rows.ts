import { columnKind, type ColumnKind } from "./column-kind.js";

/** Columns of rows that travel as one array each. */
export interface GivenColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

export function givenColumns(names: readonly string[]): readonly GivenColumn[] {
  return names.map((name) => ({ name, kind: columnKind(name) }));
}

/**
 * The rows of a statement's arrays as a table of the name `given`, from the first parameter on. The arrays are unnested
 * side by side in a list of results: as functions of a FROM each of them would fill a store of its own first, which for
 * forty columns costs more than a hundred rows.
 */
export function givenRows(columns: readonly GivenColumn[]): string {
  const results = columns.map(({ name, kind }, at) => `unnest($${at + 1}::${kind}[]) AS ${name}`);
  return `(SELECT ${results.join(", ")}) AS given`;
}
