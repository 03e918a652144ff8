import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const compiledSuffixes = [".js", ".js.map", ".d.ts", ".d.ts.map"];
const sourceSuffixes = [".ts", ".tsx"];

/** Where one TypeScript project keeps its sources and what is compiled from them. */
export interface ProjectFolders {
  readonly source: string;
  readonly output: string;
}

/**
 * Removes compiled files whose source is gone, and returns the removed stems.
 *
 * `tsc -b` leaves them, and a test that was deleted would go on running. Only files that the compiler wrote are touched: those with a
 * declaration map beside them.
 */
export function pruneOutput({ source, output }: ProjectFolders): string[] {
  const stale = compiledStems(output).filter(
    (stem) => !sourceSuffixes.some((suffix) => existsSync(join(source, stem + suffix))),
  );
  for (const stem of stale) for (const suffix of compiledSuffixes) rmSync(join(output, stem + suffix), { force: true });
  return stale;
}

function compiledStems(output: string): string[] {
  if (!existsSync(output)) return [];
  const mapSuffix = ".d.ts.map";
  return readdirSync(output, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(mapSuffix))
    .map((path) => path.slice(0, -mapSuffix.length));
}
