import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errno, isMissing } from "../errno.js";
import { ListingBuilder, type Listing, type ListingOptions } from "./listing.js";
import { refuseGarbled, unsupportedFile } from "./unsupported-file.js";

/**
 * Everything beneath a folder but `.git`. Only real folders are entered, never a link to one.
 * @throws CapstanError `too-large`, `unsupported-file` when a folder cannot be read.
 */
export async function listFolder(root: string, options: ListingOptions): Promise<Listing> {
  const listing = new ListingBuilder(options);
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entries = await entriesOf(root, folder);
    if (entries.length === 0 && folder !== "") listing.addDirectory(folder);
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) listing.add(path);
      else if (options.filter.entersFolder(path)) waiting.push(path);
    }
  }
  return listing;
}

async function entriesOf(root: string, folder: string) {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    return entries.filter(({ name }) => name !== ".git");
  } catch (error) {
    if (folder !== "" && isMissing(error)) {
      refuseGarbled(folder);
      return [];
    }
    throw unsupportedFile(folder === "" ? root : folder, `is a folder that cannot be read (${errno(error)})`, error);
  }
}
