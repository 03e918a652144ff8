import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Imports a module as a file at the root of the user's tree would. */
export async function userModule<Module>(root: string, specifier: string): Promise<Module> {
  const require = createRequire(join(root, "package.json"));
  const path = require.resolve(specifier);
  return (await import(pathToFileURL(path).href)) as Module;
}
