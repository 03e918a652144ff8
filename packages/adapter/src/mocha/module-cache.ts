import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

const { cache } = createRequire(import.meta.url);

/** Loads files anew each time: what they brought in from the tree is forgotten, what is in `node_modules` stays. */
export class ModuleCache {
  readonly #root: string;
  /** What was loaded before the first file stays as well. */
  readonly #kept = new Set(Object.keys(cache));
  /** ECMAScript modules are never forgotten by Node: another address makes another module. */
  readonly #loads = new Map<string, number>();

  constructor(root: string) {
    this.#root = root + sep;
  }

  async load(path: string, first: (path: string) => Promise<unknown>): Promise<unknown> {
    const loads = this.#loads.get(path);
    if (loads === undefined) {
      const exports = await first(path);
      if (isEsModule(path)) this.#loads.set(path, 1);
      return exports;
    }
    this.#loads.set(path, loads + 1);
    const url = pathToFileURL(path);
    url.searchParams.set("load", String(loads + 1));
    return import(url.href);
  }

  /** Forgets what came from the tree, or that file alone. */
  unload(only?: string): void {
    const nodeModules = join(sep, "node_modules", sep);
    for (const path of Object.keys(cache)) {
      const isOurs = path.startsWith(this.#root) && !path.includes(nodeModules) && !this.#kept.has(path);
      if (only === undefined ? isOurs : path === only) Reflect.deleteProperty(cache, path);
    }
    for (const module of Object.values(cache)) {
      const children = module?.children ?? [];
      const loaded = children.filter(({ id }) => cache[id] !== undefined);
      if (loaded.length < children.length) children.splice(0, children.length, ...loaded);
    }
  }
}

function isEsModule(path: string): boolean {
  const exports: unknown = cache[path]?.exports;
  return cache[path] === undefined || Object.prototype.toString.call(exports) === "[object Module]";
}
