import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesOf, type ByteString } from "../input/byte-string.js";

/** The corpus that is kept in the repository. */
export const keptFolder = fileURLToPath(new URL("../../corpus", import.meta.url));
/** What runs leave behind: counters, and the corpus as it grows. */
export const stateFolder = fileURLToPath(new URL("../../.state", import.meta.url));
export const grownFolder = join(stateFolder, "corpus");

/** Inputs that are kept, as files. */
export interface CorpusEntry {
  readonly file: string;
  readonly input: ByteString;
}

/** The inputs of a target in a folder of corpora, in the order of their names. */
export function readCorpus(folder: string, target: string): CorpusEntry[] {
  let files: string[];
  try {
    files = readdirSync(join(folder, target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return files.toSorted().map((file) => ({ file, input: readFileSync(join(folder, target, file), "latin1") }));
}

/** Writes an input under a name that its content gives; gives the path. */
export function keepInput(
  folder: string,
  target: string,
  { input, prefix = "" }: { input: ByteString; prefix?: string },
): string {
  const bytes = bytesOf(input);
  const name = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  mkdirSync(join(folder, target), { recursive: true });
  const path = join(folder, target, `${prefix}${name}`);
  writeFileSync(path, bytes);
  return path;
}

/** Replaces what is kept of a target, failures excepted: those are regressions and stay. */
export function replaceCorpus(folder: string, target: string, inputs: readonly ByteString[]): void {
  for (const { file } of readCorpus(folder, target))
    if (!file.startsWith(failurePrefix)) rmSync(join(folder, target, file));
  for (const input of inputs) keepInput(folder, target, { input });
}

/** Names of inputs that broke something once begin with it. */
export const failurePrefix = "failed-";
