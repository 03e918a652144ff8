/** The field that a JSON pointer names, as people write it: `test.suites.unit.files[0]`; empty for the whole. */
export function fieldOf(pointer: string): string {
  return pointer
    .slice(1)
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
}
