/**
 * Looks for the fewest of several things, in their order, that still make something fail: delta debugging (Zeller and
 * Hildebrandt 2002), with as many parts at a time as can be tried at once. What is left at the end cannot lose any one.
 */
export class Reduction<T> {
  readonly #atOnce: number;
  #kept: readonly T[];
  #parts: number;
  /** Whether each part is tried alone, or everything but each part. */
  #isOfParts = true;

  /** `atOnce`: how many can be tried at once; at least 2. */
  constructor(things: readonly T[], atOnce: number) {
    this.#atOnce = Math.max(2, atOnce);
    this.#kept = things;
    this.#parts = Math.min(this.#atOnce, things.length);
  }

  /** All of them make it fail. */
  get kept(): readonly T[] {
    return this.#kept;
  }

  /** What to try next; none when nothing can be left out any more. */
  get tries(): readonly (readonly T[])[] {
    if (this.#kept.length < 2 || this.#parts > this.#kept.length) return [];
    const parts = partsOf(this.#kept, this.#parts);
    if (this.#isOfParts) return parts;
    return parts.map((part) => this.#kept.filter((thing) => !part.includes(thing)));
  }

  /** How many rounds are left when one of the things alone is to blame. */
  get roundsLeft(): number {
    return this.#kept.length < 2 ? 0 : Math.ceil(Math.log(this.#kept.length) / Math.log(this.#atOnce) - 1e-9);
  }

  /** Takes which of the tries failed: the number of one, undefined for none. */
  take(failed: number | undefined): void {
    if (failed !== undefined) {
      this.#kept = this.tries[failed]!;
      this.#parts = this.#isOfParts ? this.#atOnce : Math.max(2, this.#parts - 1);
      this.#parts = Math.min(this.#parts, Math.max(2, this.#kept.length));
      this.#isOfParts = true;
    } else if (this.#isOfParts && this.#parts > 2) this.#isOfParts = false;
    else {
      this.#parts = this.#parts === this.#kept.length ? Infinity : Math.min(2 * this.#parts, this.#kept.length);
      this.#isOfParts = true;
    }
  }
}

function partsOf<T>(things: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, at) =>
    things.slice(Math.floor((at * things.length) / count), Math.floor(((at + 1) * things.length) / count)),
  );
}
