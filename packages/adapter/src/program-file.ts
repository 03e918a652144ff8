import type { AdapterFile } from "./adapter.js";

const packageFolder = new URL("../", import.meta.url);

/** What every program for Node consists of, beside its own files. The package.json says that its files are modules. */
const nodeFiles = [
  "package.json",
  "dist/channel/distinct-id.js",
  "dist/channel/left-children.js",
  "dist/channel/no-isolate-flag.js",
  "dist/channel/outcome.js",
  "dist/channel/serve.js",
  "dist/channel/user-module.js",
  "dist/channel/when-aborted.js",
];

/** The files of a program for Node: its main file, and what lies beside that. */
export function nodeProgram(main: URL, ...beside: readonly string[]): AdapterFile[] {
  const own = ["", ...beside].map((name) => new URL(name, main).href.slice(packageFolder.href.length));
  return program(...nodeFiles, ...own);
}

/** The files of a program, by their paths in this package, which they keep in the bundle. */
export function program(...files: readonly string[]): AdapterFile[] {
  return files.map((path) => ({ path, source: new URL(path, packageFolder) }));
}

/** Files of an installed package, which lie in the bundle where Node looks for them. */
export function packageFiles(name: string, ...files: readonly string[]): AdapterFile[] {
  return ["package.json", ...files].map((file) => ({
    path: `node_modules/${name}/${file}`,
    source: new URL(import.meta.resolve(`${name}/${file}`)),
  }));
}
