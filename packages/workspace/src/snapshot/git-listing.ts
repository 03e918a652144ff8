import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError, excerpt } from "@capstan/protocol";
import { errno } from "../errno.js";
import { ListingBuilder, type Listing, type ListingOptions } from "./listing.js";

const submoduleMode = "160000 ";
const faultBytesMax = 4_096;
/** A hook runs with these set, to where its own repository is; the root's may be another. */
const located = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/**
 * What Git has of a folder: tracked files, and untracked ones that are not ignored. Undefined when the folder is in no
 * work tree. Tracked files that were deleted are still among them.
 * @throws CapstanError `too-large`, `unsupported` when Git is needed and missing, or refuses.
 */
export async function listGit(root: string, options: ListingOptions): Promise<Listing | undefined> {
  const listing = new ListingBuilder(options);
  try {
    for await (const line of ask(root, ["ls-files", "-z", "--cached", "--stage"])) {
      const path = line.slice(line.indexOf("\t") + 1);
      if (line.startsWith(submoduleMode)) listing.addRepository(path);
      else listing.add(path);
    }
    for await (const path of ask(root, ["ls-files", "-z", "--others", "--exclude-standard"])) {
      if (path.endsWith("/")) listing.addRepository(path.slice(0, -1));
      else listing.add(path);
    }
    return listing;
  } catch (error) {
    if (error instanceof NoWorkTree) return undefined;
    if (errno(error) !== "ENOENT") throw error;
    if (!(await isBeneathGit(root))) return undefined;
    throw new CapstanError("unsupported", `${root} is in a Git work tree, but there is no git: install it`, {
      cause: error,
    });
  }
}

class NoWorkTree extends Error {}

/** Runs Git, and gives what it prints between NULs. */
async function* ask(root: string, parameters: readonly string[]): AsyncGenerator<string> {
  const child = spawn("git", parameters, { cwd: root, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  ended.catch(() => {});
  await once(child, "spawn");
  let fault = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (fault.length < faultBytesMax) fault += text;
  });
  try {
    let rest = "";
    for await (const text of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
      const parts = (rest + text).split("\0");
      rest = parts.pop()!;
      yield* parts;
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw refusal(root, fault);
  } finally {
    child.kill();
  }
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !located.includes(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
}

function refusal(root: string, fault: string): Error {
  if (/not a git repository/i.test(fault)) return new NoWorkTree();
  return new CapstanError("unsupported", `git cannot list ${root}: ${excerpt(fault.trim())}`);
}

/** What Git would have found, when there is none to ask. */
async function isBeneathGit(root: string): Promise<boolean> {
  for (let folder = root; ; folder = dirname(folder)) {
    const isHere = await access(join(folder, ".git")).then(
      () => true,
      () => false,
    );
    if (isHere) return true;
    if (folder === dirname(folder)) return false;
  }
}
