/** The digest in a reference to a blob, as the indexes spell it: a cast to JSON would not be allowed in one. */
export function digestOf(column: string): string {
  return `substring(${column} FROM 'sha256:[0-9a-f]{64}')`;
}
