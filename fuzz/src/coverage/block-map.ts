import type { CoveredFunction } from "./coverage.js";

/** Which characters of which functions have ever been run. */
export class BlockMap {
  readonly #functions = new Map<string, Uint8Array>();
  #size = 0;

  /** Characters that were run, of all functions. */
  get size(): number {
    return this.#size;
  }

  /** Whether something is covered that is not in the map. */
  hasNews(covered: readonly CoveredFunction[]): boolean {
    return covered.some((one) => this.#newsOf(one) > 0);
  }

  /** Adds what is covered; gives how many characters of it are new. */
  add(covered: readonly CoveredFunction[]): number {
    let news = 0;
    for (const one of covered) news += this.#newsOf(one, true);
    this.#size += news;
    return news;
  }

  #newsOf({ script, ranges }: CoveredFunction, isAdding = false): number {
    const [whole] = ranges;
    const { startOffset, endOffset } = whole!;
    const name = `${script}:${startOffset}:${endOffset}`;
    const known = this.#functions.get(name) ?? new Uint8Array(endOffset - startOffset);
    if (isAdding) this.#functions.set(name, known);
    const run = new Uint8Array(known.length).fill(1);
    for (const range of ranges)
      run.fill(range.count > 0 ? 1 : 0, range.startOffset - startOffset, range.endOffset - startOffset);
    let news = 0;
    for (let at = 0; at < run.length; at += 1) {
      if (run[at] === 0 || known[at] === 1) continue;
      news += 1;
      if (isAdding) known[at] = 1;
    }
    return news;
  }
}
