import { CapstanError, type BundleFile } from "@capstan/protocol";

/** What no file name of a bundle has: separators of other systems, wildcards, control characters. */
const unportable = /[\\:*?"<>|\p{Cc}]/u;
/** What is a device on some system, with whatever extension. Workers refuse it too, and a deployed revision must run. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const partBytesMax = 255;

function faultOf(path: string): string | undefined {
  if (path.startsWith("/")) return "it begins with a slash";
  if (unportable.test(path)) return "it has a backslash, a colon, a wildcard, a quote or a control character";
  if (/\p{Surrogate}/u.test(path) || path.normalize("NFC") !== path) return "it is not in normal form (NFC)";
  for (const part of path.split("/")) {
    if (part === "") return "it has an empty part";
    if (part === "." || part === "..") return `it has the part "${part}"`;
    if (part.endsWith(" ") || part.endsWith(".")) return `the part "${part}" ends in a space or a dot`;
    if (deviceName.test(part)) return `the part "${part}" is a device on some systems`;
    if (Buffer.byteLength(part) > partBytesMax) return `a part is longer than ${partBytesMax} bytes`;
  }
  return undefined;
}

/**
 * Checks that every file of a bundle stays in its folder, on every system, and that no two are in each other's way.
 * @throws CapstanError `invalid-path`.
 */
export function checkBundlePaths(files: readonly BundleFile[]): void {
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const fault = faultOf(path);
    if (fault !== undefined) throw invalidPath(path, fault);
    const folded = path.toLowerCase();
    const twin = seen.get(folded);
    if (twin !== undefined)
      throw invalidPath(path, twin === path ? "it comes twice" : `it differs from "${twin}" by case only`);
    seen.set(folded, path);
  }
  for (const { path } of files) {
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at);
      if (seen.has(folder.toLowerCase())) throw invalidPath(path, `"${folder}" is a file of the bundle too`);
    }
  }
}

function invalidPath(path: string, fault: string): CapstanError {
  return new CapstanError("invalid-path", `the path ${JSON.stringify(path.slice(0, 200))} cannot be taken: ${fault}`, {
    details: { path: path.slice(0, 1_024), fault },
  });
}
