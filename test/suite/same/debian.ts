import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execute, mustExecute } from "./execute.js";

/** Where Debian keeps the sources; the list of this machine is left alone, which often names no sources at all. */
const archive = "http://deb.debian.org/debian";

/** Downloads what the project's own authors released, as Debian keeps it, and gives the path of the archive. */
export async function obtainDebianSource(name: string, folder: string): Promise<string> {
  await mkdir(join(folder, "lists/partial"), { recursive: true });
  const release = /^VERSION_CODENAME=(.*)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "stable";
  const list = join(folder, "sources.list");
  await writeFile(list, `deb-src ${archive} ${release} main\n`);
  const own = Object.entries({
    "Dir::Etc::sourcelist": list,
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(folder, "lists"),
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await mustExecute(["apt-get", "update", "-qq", ...own], { cwd: folder });
  await mustExecute(["apt-get", "source", "-qq", "--download-only", "--tar-only", ...own, name], { cwd: folder });
  // A source may come in several archives: the first is the project, the others are what Debian adds to it.
  const found = (await readdir(folder)).find((file) => /\.orig\.tar\.\w+$/.test(file));
  if (found === undefined) throw new Error(`the source of ${name} has no archive of its authors`);
  return join(folder, found);
}

/** Installs what is missing. @throws Error naming the packages when that needs rights that are not there. */
export async function installDebian(packages: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  const install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing];
  const { code, tail } = await execute(install, { cwd: "/", env: { DEBIAN_FRONTEND: "noninteractive" } });
  if (code !== 0) throw new Error(`install ${missing.join(" ")} first: ${tail.trim()}`);
}

async function isInstalled(name: string): Promise<boolean> {
  const { code, tail } = await execute(["dpkg-query", "-W", "-f=${Status}", name], { cwd: "/" });
  return code === 0 && tail.includes("install ok installed");
}
