import { comparePaths } from "../tree/tree-path.js";
import { scanEntries } from "./entry-scan.js";
import { listPaths, realRoot } from "./list-paths.js";
import { PathFilter } from "./path-filter.js";
import { compileLimits } from "./snapshot-options.js";

export interface ListFilesOptions {
  /** Globs, from the root, of what is left out with everything beneath. None by default. */
  readonly exclude?: readonly string[];
  /** Whether a file is wanted, by its path from the root. All by default. */
  readonly takes?: (path: string) => boolean;
}

/**
 * The regular files of a folder as a snapshot takes them, by their paths from the root, sorted: what Git tracks or does not
 * ignore, and outside of a work tree everything but `.git`. Nothing is read of them.
 * @throws CapstanError `not-found`, `too-large`, `unsupported-file`, `invalid-config`; `unsupported` when Git is needed and
 * cannot be asked.
 */
export async function listFiles(root: string, options: ListFilesOptions = {}): Promise<string[]> {
  const { exclude = [], takes = () => true } = options;
  const real = await realRoot(root);
  const { filesMax } = compileLimits();
  const { paths } = await listPaths(real, {}, { filter: new PathFilter({ exclude }), filesMax });
  const { files } = await scanEntries(real, new Set([...paths].filter(takes)));
  return files.map(({ path }) => path).toSorted(comparePaths);
}
