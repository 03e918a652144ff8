import { CapstanError } from "@capstan/protocol";
import type { PathFilter } from "./path-filter.js";

/** What a listing goes by. */
export interface ListingOptions {
  readonly filter: PathFilter;
  /** More paths than that are refused with `too-large`. */
  readonly filesMax: number;
}

/** Paths beneath a root, with slashes, in no order. What they are is looked up later. */
export interface Listing {
  readonly paths: Set<string>;
  /** Folders with nothing in them. Git does not know such. */
  readonly directories: string[];
  /** Repositories within the repository: submodules, and clones that are not ignored. */
  readonly repositories: string[];
}

export class ListingBuilder implements Listing {
  readonly paths = new Set<string>();
  readonly directories: string[] = [];
  readonly repositories: string[] = [];
  readonly #options: ListingOptions;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  add(path: string): void {
    if (this.#options.filter.takes(path)) this.#keep(this.paths.add(path).size);
  }

  addDirectory(path: string): void {
    if (this.#options.filter.takes(path)) this.#keep(this.directories.push(path));
  }

  addRepository(path: string): void {
    if (this.#options.filter.takes(path)) this.#keep(this.repositories.push(path));
  }

  #keep(count: number): void {
    const { filesMax } = this.#options;
    if (count <= filesMax) return;
    throw new CapstanError("too-large", `the workspace has more than ${filesMax} files: exclude what no task needs`, {
      details: { limit: filesMax },
    });
  }
}
