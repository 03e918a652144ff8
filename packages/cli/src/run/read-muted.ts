import { resolve } from "node:path";
import { CapstanError, limits } from "@capstan/protocol";
import { readText } from "../io/read.js";
import type { TasksetOptions } from "./taskset-options.js";

/**
 * The keys of `--mute` and those of the file of `--muted-from`, one a line; after `#` a line may say why. Undefined when
 * neither is given. @throws CapstanError `invalid-config`.
 */
export async function readMuted(
  { mute, mutedFrom }: Pick<TasksetOptions, "mute" | "mutedFrom">,
  cwd: string,
): Promise<readonly string[] | undefined> {
  if (mute === undefined && mutedFrom === undefined) return undefined;
  const text = mutedFrom === undefined ? "" : await readText(resolve(cwd, mutedFrom), "the list of muted tasks");
  const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  const keys = [...new Set([...(mute ?? []), ...lines.filter((line) => line !== "")])];
  if (keys.length <= limits.mutedMax) return keys;
  throw new CapstanError("invalid-config", `${keys.length} tasks are muted: at most ${limits.mutedMax} may be`);
}
