interface MergeOptions {
  readonly after: string;
  readonly limit: number;
  /** How many ids one read of a list gives, unless there are no more. */
  readonly step: number;
}

interface Reading {
  readonly namespace: string;
  above: string;
}

/**
 * Finds the `limit`-th id after a given one over several sorted lists, or the last one when there are fewer. The lists
 * are read in steps, so that many namespaces do not each read as much as one would: the caller reads what `next` asks for.
 */
export class IdMerge {
  readonly #options: MergeOptions;
  readonly #ids: string[] = [];
  #open: Reading[];

  constructor(namespaces: readonly string[], options: MergeOptions) {
    this.#options = options;
    this.#open = namespaces.map((namespace) => ({ namespace, above: options.after }));
  }

  /** The list to read a step of, from above which id; undefined when the answer is known. */
  next(): { readonly namespace: string; readonly above: string } | undefined {
    const least = this.#least();
    return least === undefined || this.#found(least) !== undefined ? undefined : least;
  }

  /** What the read that `next` asked for gave. */
  add(found: readonly string[]): void {
    const least = this.#least()!;
    this.#ids.push(...found);
    if (found.length < this.#options.step) this.#open = this.#open.filter((entry) => entry !== least);
    else least.above = found.at(-1)!;
  }

  /** Undefined when there is no id at all. */
  get last(): string | undefined {
    const least = this.#least();
    const found = least === undefined ? undefined : this.#found(least);
    return found ?? this.#ids.toSorted()[Math.min(this.#options.limit, this.#ids.length) - 1];
  }

  #least(): Reading | undefined {
    if (this.#open.length === 0) return undefined;
    return this.#open.reduce((left, right) => (left.above <= right.above ? left : right));
  }

  /** Up to the least place every list has been read. */
  #found(least: Reading): string | undefined {
    const { limit } = this.#options;
    const ready = this.#ids.filter((id) => id <= least.above).toSorted();
    return ready.length >= limit ? ready[limit - 1] : undefined;
  }
}
