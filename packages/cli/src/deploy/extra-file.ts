import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import { CapstanError, limits } from "@capstan/protocol";
import { within, type PluginFolder } from "./find-entry.js";

/** A file that travels with the bundle. */
export interface ExtraFile {
  readonly bytes: Uint8Array;
  readonly isExecutable: boolean;
}

type Files = Map<string, ExtraFile>;

/** The files and folders that `capstan.files` lists, and the packages of `capstan.external` with all that they need. */
export async function extraFiles({ folder, files, external }: PluginFolder): Promise<Files> {
  const found: Files = new Map();
  for (const path of files)
    await addTree(found, { from: within(folder, path), to: portable(relative(folder, within(folder, path))) });
  const packages = new Set<string>();
  for (const name of external) await addPackage(found, packages, { name, from: folder });
  return found;
}

interface Place {
  readonly from: string;
  readonly to: string;
}

async function addTree(found: Files, { from, to }: Place): Promise<void> {
  const facts = await stat(from).catch(() => undefined);
  if (facts === undefined) {
    throw new CapstanError(
      "invalid-config",
      `capstan.files lists ${to}, and there is no such file or folder: correct the list`,
    );
  }
  if (!facts.isDirectory()) {
    if (found.size >= limits.bundleFilesMax) throw tooMany();
    found.set(to, { bytes: await readFile(from), isExecutable: (facts.mode & 0o111) !== 0 });
    return;
  }
  const names = (await readdir(from)).toSorted();
  for (const name of names) {
    // Nested packages are found by name, and what belongs to git or to us is nobody's data.
    if (name === ".git" || name === ".capstan" || name === "node_modules") continue;
    await addTree(found, { from: join(from, name), to: to === "" ? name : `${to}/${name}` });
  }
}

/** A package and its dependencies, found as Node finds them, put side by side in node_modules. */
async function addPackage(
  found: Files,
  seen: Set<string>,
  { name, from }: { name: string; from: string },
): Promise<void> {
  if (seen.has(name)) return;
  seen.add(name);
  const folder = await packageFolder(name, from);
  if (folder === undefined) {
    throw new CapstanError(
      "invalid-config",
      `capstan.external lists ${name}, which is not installed: run npm install in ${from}`,
    );
  }
  await addTree(found, { from: folder, to: `node_modules/${name}` });
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as Partial<Record<"dependencies" | "optionalDependencies", Record<string, string>>>;
  for (const each of Object.keys(dependencies)) await addPackage(found, seen, { name: each, from: folder });
  for (const each of Object.keys(optionalDependencies)) {
    if ((await packageFolder(each, folder)) !== undefined) await addPackage(found, seen, { name: each, from: folder });
  }
}

async function packageFolder(name: string, from: string): Promise<string | undefined> {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  for (const place of places) {
    const folder = join(place, name);
    if (await stat(join(folder, "package.json")).catch(() => undefined)) return realpath(folder);
  }
  return undefined;
}

function portable(path: string): string {
  return path.split(sep).join("/");
}

function tooMany(): CapstanError {
  const details = { limit: limits.bundleFilesMax };
  return new CapstanError("too-large", `the bundle has more than ${limits.bundleFilesMax} files: list fewer`, {
    details,
  });
}
