import type { Capstan } from "@capstan/client";
import { limits, readPartKey } from "@capstan/protocol";
import { dominatingFiles, planSplits, type SplitPlan } from "./split-plan.js";
import { readRecords } from "./read-records.js";

export interface SplitOptions {
  readonly class: string;
  readonly files: readonly string[];
  /** At most so many at once; default: as many as there are slots. */
  readonly jobs?: number | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** Which files of a suite are to be split, by what the engine has learnt of their lengths and by the slots that are there. */
export async function findSplits(client: Capstan, options: SplitOptions): Promise<SplitPlan> {
  const [slots, files] = await Promise.all([countSlots(client, options), readLengths(client, options)]);
  const suite = { files, slots };
  const dominating = dominatingFiles(suite);
  if (dominating.length === 0) return new Map();
  return planSplits(suite, await readRecords(client, { class: options.class, files: dominating }));
}

/** The slots of workers that may run the suite. */
async function countSlots(client: Capstan, { jobs = Infinity, labels = [] }: SplitOptions): Promise<number> {
  let slots = 0;
  for await (const worker of client.workers.list()) {
    const fits = worker.runtimes.includes("command") && labels.every((label) => worker.labels.includes(label));
    if (worker.status === "ready" && fits) slots += worker.slots;
  }
  return Math.min(slots, jobs);
}

/** What each file is expected to take; one that was never run whole takes what its parts do together. */
async function readLengths(
  client: Capstan,
  { class: of, files }: SplitOptions,
): Promise<ReadonlyMap<string, number | undefined>> {
  const whole = new Map<string, number>();
  const inParts = new Map<string, number>();
  for await (const { key, meanMs } of client.estimates({ class: of, limit: limits.pageItemsMax })) {
    const part = readPartKey(key);
    whole.set(key, meanMs);
    if (part !== undefined) inParts.set(part.file, (inParts.get(part.file) ?? 0) + meanMs);
  }
  return new Map(files.map((file) => [file, whole.get(file) ?? inParts.get(file)]));
}
