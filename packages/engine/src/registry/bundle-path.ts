import { bundlePathFault, CapstanError, type BundleFile } from "@capstan/protocol";

/**
 * Checks that every file of a bundle stays in its folder, on every system, and that no two are in each other's way.
 * @throws CapstanError `invalid-path`.
 */
export function checkBundlePaths(files: readonly BundleFile[]): void {
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const fault = bundlePathFault(path);
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
