import { resolve } from "node:path";
import { readText } from "../io/read.js";
import { checkMutedCount } from "./check-muted.js";
import type { TasksetOptions } from "./taskset-options.js";

/**
 * What begins a line of remark, and what a remark behind a key is. The name of an example may have `#2` or `#save` in it,
 * and a key that lost its end would mute others.
 */
const remark = /^\s*#.*$|\s#(?=\s|$).*$/;

/**
 * The keys of `--mute` and those of the file of `--muted-from`, one a line; after `#` and a space a line may say why.
 * Undefined when neither is given. @throws CapstanError `invalid-config`.
 */
export async function readMuted(
  { mute, mutedFrom }: Pick<TasksetOptions, "mute" | "mutedFrom">,
  cwd: string,
): Promise<readonly string[] | undefined> {
  if (mute === undefined && mutedFrom === undefined) return undefined;
  const text = mutedFrom === undefined ? "" : await readText(resolve(cwd, mutedFrom), "the list of muted tasks");
  const lines = text.split(/\r?\n/).map((line) => line.replace(remark, "").trim());
  const keys = [...new Set([...(mute ?? []), ...lines.filter((line) => line !== "")])];
  checkMutedCount(keys.length, "tasks");
  return keys;
}
