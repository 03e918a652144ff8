import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const mark = "// One module made of many, by the build.\n";

/**
 * Puts all that a compiled module imports of libraries into the module itself, so that a process loads one file, with
 * their licences. False where it is so already, or the module is not there.
 */
export async function bundleModule(path: string): Promise<boolean> {
  if (!existsSync(path) || readFileSync(path, "utf8").startsWith(mark)) return false;
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions: ["node"],
    target: "node20",
    legalComments: "inline",
    write: false,
    metafile: true,
    absWorkingDir: "/",
    logLevel: "silent",
  });
  const licences = packageFolders(Object.keys(metafile.inputs)).map((folder) => `/*\n${licenceOf(folder)}*/\n`);
  // Whoever loads it meanwhile has the one or the other whole.
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, mark + outputFiles[0]!.text + licences.join(""));
  renameSync(beside, path);
  return true;
}

/** The packages that files are of, files of none left out. */
function packageFolders(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(`/${file}`) ?? []);
  return [...new Set(folders)].toSorted();
}

/** @throws Error when there is none: what may be shipped is said by its licence. */
function licenceOf(folder: string): string {
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (name === undefined)
    throw new Error(`${folder} has no licence beside it: it cannot be put into a module that is shipped`);
  return readFileSync(join(folder, name), "utf8").replaceAll("*/", "* /");
}
