import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "./project.js";

/** The version of what was run: that of its package.json or of the archive from Debian, `?` where neither says one. */
export async function readVersion({ source, name }: Project, root: string): Promise<string> {
  if (source.from === "debian") {
    const files = await readdir(join(root, "..", `${name}.download`)).catch(() => []);
    const found = files
      .map((file) => /^[^_]+_(.+)\.orig\.tar\.\w+$/.exec(file)?.[1])
      .find((each) => each !== undefined);
    return found?.replace(/[~+].*$/, "") ?? "?";
  }
  const text = await readFile(join(root, "package.json"), "utf8").catch(() => "{}");
  const { version } = JSON.parse(text) as { version?: string };
  return version ?? "?";
}
