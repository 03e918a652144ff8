import { bundlePathFault, CapstanError, excerpt, limits, type Manifest } from "@capstan/protocol";

/**
 * Checks that a path of a bundle stays within the bundle's folder, on every system.
 * @throws CapstanError `invalid-path`.
 */
export function checkBundlePath(path: string): void {
  const fault = bundlePathFault(path);
  if (fault === undefined) return;
  throw new CapstanError(
    "invalid-path",
    `the bundle's path ${JSON.stringify(excerpt(path))} cannot be taken: ${fault}`,
  );
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
