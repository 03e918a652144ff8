import { columnKind, type ColumnKind } from "./column-kind.js";

/** Columns of rows that travel as one array each. */
export interface GivenColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

export function givenColumns(names: readonly string[]): readonly GivenColumn[] {
  return names.map((name) => ({ name, kind: columnKind(name) }));
}

/** The rows of a statement's arrays as a table of the name `given`, from the first parameter on. */
export function givenRows(columns: readonly GivenColumn[]): string {
  const arrays = columns.map(({ kind }, at) => `$${at + 1}::${kind}[]`).join(", ");
  return `unnest(${arrays}) AS given(${columns.map(({ name }) => name).join(", ")})`;
}

/** The same with the number of each row as `given_number`. */
export function givenNumberedRows(columns: readonly GivenColumn[]): string {
  const arrays = columns.map(({ kind }, at) => `$${at + 1}::${kind}[]`).join(", ");
  return `unnest(${arrays}) WITH ORDINALITY AS given(${columns.map(({ name }) => name).join(", ")}, given_number)`;
}
