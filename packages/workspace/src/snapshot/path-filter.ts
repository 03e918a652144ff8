import picomatch from "picomatch";
import { CapstanError } from "@capstan/protocol";
import { parentsOf } from "../tree/tree-path.js";

const patternsMax = 1_000;
const patternCharactersMax = 4_096;

export interface PathPatterns {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/**
 * Which paths a snapshot takes. A pattern is matched against the whole path from the root, dot files included, and what
 * it matches it takes or drops with everything beneath. `exclude` is stronger than `include`.
 */
export class PathFilter {
  readonly #included: FolderMatcher | undefined;
  readonly #excluded: FolderMatcher;

  /** @throws CapstanError `invalid-config`, naming the pattern. */
  constructor({ include = [], exclude = [] }: PathPatterns) {
    this.#included = include.length === 0 ? undefined : new FolderMatcher(include);
    this.#excluded = new FolderMatcher(exclude);
  }

  takes(path: string): boolean {
    return !this.#excluded.matches(path) && this.#included?.matches(path) !== false;
  }

  /** Whether something beneath a folder may be taken. */
  entersFolder(path: string): boolean {
    return !this.#excluded.matches(path);
  }
}

/** By picomatch, which depends on nothing: Node 20 has no globs of its own, and those of Node 22 are experimental. */
class FolderMatcher {
  readonly #isMatch: (path: string) => boolean;
  readonly #folders = new Map<string, boolean>();

  constructor(patterns: readonly string[]) {
    if (patterns.length > patternsMax) throw wrong(`there are more than ${patternsMax} patterns`);
    for (const pattern of patterns) checkPattern(pattern);
    this.#isMatch = patterns.length === 0 ? () => false : picomatch([...patterns], { dot: true, nonegate: true });
  }

  matches(path: string): boolean {
    for (const folder of parentsOf(path)) if (this.#matchesFolder(folder)) return true;
    return this.#isMatch(path);
  }

  /** The same folders come again and again. */
  #matchesFolder(folder: string): boolean {
    let isMatch = this.#folders.get(folder);
    if (isMatch === undefined) {
      isMatch = this.#isMatch(folder);
      this.#folders.set(folder, isMatch);
    }
    return isMatch;
  }
}

/** What would never match anything is a mistake, and is not ignored. */
function checkPattern(pattern: string): void {
  const named = JSON.stringify(pattern.slice(0, 200));
  if (pattern === "" || pattern.length > patternCharactersMax) {
    throw wrong(`the pattern ${named} is empty or longer than ${patternCharactersMax} characters`);
  }
  if (/^!(?!\()/.test(pattern))
    throw wrong(`the pattern ${named} begins with "!": put it into the other list without it`);
  if (/^(?:\/|\.\/|\.\.\/)|\/$/.test(pattern)) {
    throw wrong(
      `the pattern ${named} begins or ends with a slash, "./" or "../": name it from the root, as in "tmp/cache"`,
    );
  }
}

function wrong(message: string): CapstanError {
  return new CapstanError("invalid-config", message);
}
