import { execFileSync } from "node:child_process";
import { chmod, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

// Nobody's own settings count, neither in what a test runs nor in what the code under test does.
process.env["GIT_CONFIG_GLOBAL"] = "/dev/null";
process.env["GIT_CONFIG_NOSYSTEM"] = "1";

export function git(folder: string, ...parameters: string[]): string {
  const own = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"];
  return execFileSync("git", [...own, ...parameters], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Writes files by path: text, `→ target` for a link; names ending in `.sh` are executable. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    if (text.startsWith("→ ")) await symlink(text.slice(2), full);
    else {
      await writeFile(full, text);
      if (path.endsWith(".sh")) await chmod(full, 0o755);
    }
  }
}

/** Resolves when the clock that stamps files has moved on, so that what is written next has another time. */
export async function passTick(folder: string): Promise<void> {
  const probe = join(folder, "tick");
  const stamp = async (): Promise<bigint> => {
    await writeFile(probe, "x");
    return (await stat(probe, { bigint: true })).mtimeNs;
  };
  const before = await stamp();
  while ((await stamp()) === before);
}
