import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProjectFolders } from "./prune.js";

interface TsConfig {
  readonly compilerOptions?: { readonly rootDir?: string; readonly outDir?: string };
  readonly references?: readonly { readonly path: string }[];
}

/** The folders of every project that the root tsconfig.json builds. */
export function projectFolders(root: string): ProjectFolders[] {
  const { references = [] } = readTsConfig(join(root, "tsconfig.json"));
  return references.flatMap(({ path }) => {
    const folder = join(root, path);
    const options = readTsConfig(join(folder, "tsconfig.json")).compilerOptions;
    if (options?.rootDir === undefined || options.outDir === undefined) return [];
    return [{ source: join(folder, options.rootDir), output: join(folder, options.outDir) }];
  });
}

function readTsConfig(path: string): TsConfig {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as TsConfig) : {};
}
