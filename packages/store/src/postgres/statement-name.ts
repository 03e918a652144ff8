const names = new Map<string, string>();

/** The name under which a text is prepared on every connection. The texts are few: filters are their only variety. */
export function statementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `capstan_${names.size + 1}`;
  names.set(text, name);
  return name;
}
