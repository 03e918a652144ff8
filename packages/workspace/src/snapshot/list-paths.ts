import { realpath, stat } from "node:fs/promises";
import { CapstanError } from "@capstan/protocol";
import { errno } from "../errno.js";
import { listFolder } from "./folder-listing.js";
import { listGit } from "./git-listing.js";
import type { Listing, ListingOptions } from "./listing.js";
import type { SnapshotOptions } from "./snapshot-options.js";

/** The folder itself, whatever links lead to it. @throws CapstanError `not-found`. */
export async function realRoot(root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw new CapstanError("not-found", `the folder ${root} cannot be found (${errno(error)}): check its path`, {
      cause: error,
    });
  }
  throw new CapstanError("not-found", `${root} is no folder: check its path`);
}

/** What Git has of the folder, or all that is in it. */
export async function listPaths(
  root: string,
  { files = "auto" }: Pick<SnapshotOptions, "files">,
  options: ListingOptions,
): Promise<Listing> {
  const listing = files === "all" ? undefined : await listGit(root, options);
  if (listing === undefined && files === "git") {
    throw new CapstanError("invalid-config", `${root} is in no Git work tree: take all of its files, or name another`);
  }
  return listing ?? listFolder(root, options);
}
