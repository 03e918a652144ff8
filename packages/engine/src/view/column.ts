/** The value of a JSON column; undefined for an empty one. The JSON text `null` is a value. */
export function parseColumn<T = unknown>(json: string | null): T | undefined {
  return json === null ? undefined : (JSON.parse(json) as T);
}

/** The value of a column; undefined for an empty one. */
export function column<T>(value: T | null): T | undefined {
  return value === null ? undefined : value;
}

/** The fields that have a value: a view leaves out what is undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept as { [K in keyof T]?: Exclude<T[K], undefined> };
}
