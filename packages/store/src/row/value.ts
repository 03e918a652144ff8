/** One cell of a row: what a database binds and gives back. */
export type Value = string | number | null | Uint8Array;
