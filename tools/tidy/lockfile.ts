import type { SourceTree } from "./source-tree.js";

/** What package-lock.json says of one installed place. */
interface LockedPlace {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Places = Readonly<Record<string, LockedPlace>>;

/**
 * Everything that comes along when the package in a folder is installed: names of packages, each with the chain of names that leads to it.
 * Optional dependencies count, development dependencies do not.
 */
export function installedWith(tree: SourceTree, folder: string): ReadonlyMap<string, readonly string[]> {
  const { packages: places = {} } = (tree.json("package-lock.json") ?? {}) as { packages?: Places };
  const chains = new Map<string, readonly string[]>();
  const queue: { place: string; chain: readonly string[] }[] = [{ place: folder, chain: [] }];
  for (const { place, chain } of queue) {
    const { dependencies, optionalDependencies } = places[place] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = locate(places, place, name);
      if (found === undefined || chains.has(name)) continue;
      chains.set(name, [...chain, name]);
      queue.push({ place: found, chain: [...chain, name] });
    }
  }
  return chains;
}

/** Where Node finds a package that is imported from a place: in the nearest node_modules upwards, links followed. */
function locate(places: Places, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const candidate = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    const place = places[candidate];
    if (place !== undefined) return place.link === true ? place.resolved : candidate;
    if (folder === "") return undefined;
  }
}

function parentOf(folder: string): string {
  const at = folder.lastIndexOf("/");
  return at < 0 ? "" : folder.slice(0, at);
}
