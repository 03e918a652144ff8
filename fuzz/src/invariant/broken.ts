const shownCharacters = 300;

/** Says what does not hold. */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
  /** The same for every input that breaks the same. */
  readonly what: string;

  constructor(what: string, seen: readonly unknown[]) {
    super([what, ...seen.map(shown)].join(" · "));
    this.what = what;
  }
}

/** @throws BrokenInvariant always: what does not hold, and what was seen instead. */
export function broken(what: string, ...seen: readonly unknown[]): never {
  throw new BrokenInvariant(what, seen);
}

function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}… (${text.length} characters)`;
}
