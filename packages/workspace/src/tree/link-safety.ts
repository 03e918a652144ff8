import { CapstanError, excerpt, type TreeLink } from "@capstan/protocol";

/** Systems follow no more links than that in one path. */
const depthMax = 40;

/**
 * Checks that no link of a tree leads out of its root, also not by way of other links of the tree. Nothing is looked up
 * on a disk. What a link leads to need not exist, and links may lead in a circle: both are harmless.
 * @throws CapstanError `unsafe-link`, naming the link.
 */
export function checkLinks(links: readonly TreeLink[]): void {
  const resolver = new LinkResolver(links);
  for (const link of links) resolver.resolve(link, 0);
}

class LinkResolver {
  readonly #links: ReadonlyMap<string, TreeLink>;
  /** Where a link leads; undefined when it leads nowhere, or while that is being found out. */
  readonly #places = new Map<string, readonly string[] | undefined>();

  constructor(links: readonly TreeLink[]) {
    this.#links = new Map(links.map((link) => [link.path, link]));
  }

  resolve(link: TreeLink, depth: number): readonly string[] | undefined {
    if (this.#places.has(link.path)) return this.#places.get(link.path);
    if (depth >= depthMax) throw unsafe(link, `leads over more than ${depthMax} other links`);
    const fault = targetFault(link.target);
    if (fault !== undefined) throw unsafe(link, fault);
    this.#places.set(link.path, undefined);
    const place = this.#walk(link, depth);
    this.#places.set(link.path, place);
    return place;
  }

  /** Goes as the system would: a link in the middle of a target is followed before the next part is taken. */
  #walk(link: TreeLink, depth: number): readonly string[] | undefined {
    let place = link.path.split("/").slice(0, -1);
    for (const part of link.target.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (place.length === 0) throw unsafe(link, "leads out of the root");
        place.pop();
        continue;
      }
      place.push(part);
      const next = this.#links.get(place.join("/"));
      if (next === undefined) continue;
      const through = this.resolve(next, depth + 1);
      if (through === undefined) return undefined;
      place = [...through];
    }
    return place;
  }
}

function targetFault(target: string): string | undefined {
  if (target === "") return "has no target";
  if (target.startsWith("/")) return "has an absolute target";
  if (target.includes("\0") || /\p{Surrogate}/u.test(target)) return "has a target that is no path";
  return undefined;
}

function unsafe({ path, target }: TreeLink, fault: string): CapstanError {
  const named = `${JSON.stringify(excerpt(path))} → ${JSON.stringify(excerpt(target))}`;
  return new CapstanError(
    "unsafe-link",
    `the symbolic link ${named} ${fault}: point it inside with a relative target, or exclude it`,
    { details: { path: excerpt(path) } },
  );
}
