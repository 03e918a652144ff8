import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { mustExecute } from "./execute.js";
import { installDebian, obtainDebianSource } from "./debian.js";
import type { Project } from "./project.js";

/** Gives the root of the project's tree, ready to run; one that is there from an earlier time is taken as it is. */
export async function obtain(project: Project, folder: string): Promise<string> {
  const { source, needs = {}, name } = project;
  if (needs.debian !== undefined) await installDebian(needs.debian);
  if (source.from === "folder") return resolve(source.path);
  const root = join(folder, name);
  const ready = join(folder, `${name}.ready`);
  if (existsSync(ready)) return root;
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const archive = await download(source, join(folder, `${name}.download`));
  await mustExecute(["tar", "-xf", archive, "-C", root, "--strip-components=1"], { cwd: folder });
  await plant(root, project.plant ?? {});
  if (needs.npm !== undefined) await installNpm(root, needs.npm);
  await writeFile(ready, "");
  return root;
}

async function download(source: { from: "npm" | "debian"; package: string }, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (source.from === "debian") return obtainDebianSource(source.package, folder);
  await mustExecute(["npm", "pack", "--silent", source.package], { cwd: folder });
  return join(folder, (await readdir(folder))[0]!);
}

/** What else the project was developed with is left out: linters and builds of years ago say nothing about its tests. */
async function installNpm(root: string, packages: readonly string[]): Promise<void> {
  const path = join(root, "package.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as { devDependencies?: unknown };
  delete manifest.devDependencies;
  await writeFile(path, JSON.stringify(manifest, undefined, 2));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--legacy-peer-deps"];
  await mustExecute(["npm", "install", ...quiet, "--no-save", ...packages], { cwd: root });
}

async function plant(root: string, files: NonNullable<Project["plant"]>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) await rm(join(root, path), { recursive: true, force: true });
    else {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }
}
