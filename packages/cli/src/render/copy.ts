import { join } from "node:path";
import type { CopyProgress, StoreCopy } from "@capstan/store/copy";
import type { Style } from "../io/style.js";
import { duration, percent } from "./quantity.js";
import { shellQuote } from "./text.js";

const barColumns = 24;
const phases = { write: "copying", check: "checking" } as const;

/** How much of both phases is done, 0–1. */
export function copyShare({ phase, rows, rowsTotal }: CopyProgress): number {
  return ((phase === "check" ? rowsTotal : 0) + rows) / Math.max(1, 2 * rowsTotal);
}

/** A bar with what is being done, and when it will be through if it goes on like this. */
export function copyLine(progress: CopyProgress, { style, ranMs }: { style: Style; ranMs: number }): string {
  const share = copyShare(progress);
  const done = Math.floor(barColumns * share);
  const bar = style.green("━".repeat(done)) + style.dim("─".repeat(barColumns - done));
  const left = share > 0 ? ` · ${duration((ranMs * (1 - share)) / share)} left` : "";
  return `${bar} ${plainCopyLine(progress)}${style.dim(left)}`;
}

/** The same for a log. */
export function plainCopyLine(progress: CopyProgress): string {
  const { phase, table, rows, rowsTotal } = progress;
  return `${percent(copyShare(progress))} ${phases[phase]} ${table}: ${rows} of ${rowsTotal} rows`;
}

/** What is to be done about blobs, and about the store that was copied. */
export function copyNotes(
  { from, to }: Pick<StoreCopy, "from" | "to">,
  { isFromFolder, isToFolder }: { readonly isFromFolder: boolean; readonly isToFolder: boolean },
): string[] {
  const blobs = isFromFolder ? join(from, "blobs") : "the folder blobs of its engine's --data";
  const kept = isToFolder
    ? `blobs are files that were not copied: copy ${blobs} to ${join(to, "blobs")}, unless it is there`
    : `blobs are files and stay in ${blobs}: start the engine with --store and ${isFromFolder ? `--data ${shellQuote(from)}` : "the same --data"}`;
  return [kept, `${from} is as it was: start no engine on it any more, or its tasks run twice`];
}
