import { CapstanError, limits, type Manifest } from "@capstan/protocol";

/** Characters that some file system does not take, or takes for something else. */
const unportable = /[\\:*?"<>|\p{Cc}]/u;
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/iu;

/**
 * Checks that a path of a bundle stays within the bundle's folder, on every system.
 * @throws CapstanError `invalid-path`.
 */
export function checkBundlePath(path: string): void {
  const parts = path.split("/");
  const isPortable = !unportable.test(path) && parts.every((part) => isPart(part));
  if (path.length === 0 || path.length > 1_024 || !isPortable) {
    throw new CapstanError(
      "invalid-path",
      `the bundle's path ${JSON.stringify(path.slice(0, 200))} is not allowed: use relative paths without "..", empty parts or backslashes`,
    );
  }
}

/**
 * Checks the files of a manifest: their paths, that none stands twice or beneath another, and their size in all.
 * @throws CapstanError `invalid-path`, `too-large`.
 */
export function checkBundle({ files, entry }: Manifest): void {
  const seen = new Set<string>();
  let bytes = 0;
  for (const file of files) {
    checkBundlePath(file.path);
    const folded = file.path.toLowerCase();
    if (seen.has(folded)) throw new CapstanError("invalid-path", `the bundle has ${file.path} twice: rename one`);
    seen.add(folded);
    bytes += file.bytes;
  }
  for (const path of seen) checkParents(path, seen);
  if (entry !== undefined) checkBundlePath(entry);
  if (bytes > limits.bundleBytesMax) {
    throw new CapstanError("too-large", `the bundle has ${bytes} bytes, more than ${limits.bundleBytesMax}`, {
      details: { limit: limits.bundleBytesMax },
    });
  }
}

function checkParents(path: string, seen: ReadonlySet<string>): void {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
    if (!seen.has(path.slice(0, at))) continue;
    throw new CapstanError("invalid-path", `the bundle has ${path.slice(0, at)} as a file and as a folder: rename one`);
  }
}

function isPart(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !/[. ]$/u.test(part) && !deviceName.test(part);
}
