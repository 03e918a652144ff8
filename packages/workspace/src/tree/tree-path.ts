const pathCharactersMax = 4_096;
const partBytesMax = 255;

/**
 * What is wrong with a path of a tree; undefined when it stays beneath the root. Names are those that the machine which
 * made the tree allows: a workspace is of one project, so it need not be portable to every system as a bundle must.
 */
export function treePathFault(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > pathCharactersMax) return `it is longer than ${pathCharactersMax} characters`;
  if (path.startsWith("/")) return "it begins with a slash";
  if (path.includes("\0")) return "it has a NUL character";
  if (/\p{Surrogate}/u.test(path)) return "it is not valid Unicode";
  for (const part of path.split("/")) {
    if (part === "") return "it has an empty part";
    if (part === "." || part === "..") return `it has the part "${part}"`;
    if (Buffer.byteLength(part) > partBytesMax) return `a part is longer than ${partBytesMax} bytes`;
  }
  return undefined;
}

/** The folders above a path, the outermost first, without the root: `a`, `a/b` of `a/b/c`. */
export function* parentsOf(path: string): Generator<string> {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) yield path.slice(0, at);
}

/** The order of a tree's paths: by UTF-16 code units, the same on every machine. */
export function comparePaths(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
