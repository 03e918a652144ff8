import { partKey } from "@capstan/protocol";
import { lengthOf, type FileRecord } from "./file-record.js";
import { scheduleMs } from "./schedule.js";
import { shareExamples, type PlannedPart } from "./share-examples.js";

/** A suite as far as its lengths are known. */
export interface SuiteLengths {
  /** Every file of the suite, with what it is expected to take; undefined where nothing is known of it. */
  readonly files: ReadonlyMap<string, number | undefined>;
  /** How many of them run at once. */
  readonly slots: number;
}

/** By file: the parts that it is run in. */
export type SplitPlan = ReadonlyMap<string, readonly PlannedPart[]>;

/** The keys of the tasks that a file is run in. */
export function inParts(file: string, splits: SplitPlan | undefined): string[] {
  return splits?.get(file)?.map(({ part }) => partKey({ file, ...part })) ?? [file];
}

const nothing: SplitPlan = new Map();

/** Less than this is not worth that a file is loaded several times. */
const savedLeastMs = 1_000;
const savedLeastShare = 0.05;
/** Parts this much smaller than an even share fill the slots where parts of an even share leave some idle. */
const finer = [1, 1.5, 2, 3, 4];
/** A plan of more parts is worth it only when it is this much better. */
const betterShare = 0.03;

/** Files that alone take longer than everything shared evenly by the slots: no order of the files makes up for one. */
export function dominatingFiles({ files, slots }: SuiteLengths): string[] {
  if (slots < 2 || files.size === 0) return [];
  const known = [...files].filter((entry): entry is [string, number] => entry[1] !== undefined);
  const knownMs = known.reduce((sum, [, ms]) => sum + ms, 0);
  // A file of unknown length is taken for an average one.
  const totalMs = known.length === 0 ? 0 : (knownMs / known.length) * files.size;
  return known.filter(([, ms]) => ms > totalMs / slots).map(([file]) => file);
}

/**
 * Splits the files that dominate into parts of their examples, so that none does, where that ends the suite sooner by
 * enough; no file otherwise. `records` has the last run of those that may be split.
 */
export function planSplits(suite: SuiteLengths, records: ReadonlyMap<string, FileRecord>): SplitPlan {
  const files = new Map(suite.files);
  // The last run is newer than what was learnt of the file as a whole.
  for (const [file, record] of records) files.set(file, lengthOf(record));
  const dominating = dominatingFiles({ ...suite, files }).filter((file) => records.has(file));
  if (dominating.length === 0) return nothing;
  const known = [...files.values()].filter((ms) => ms !== undefined);
  const meanMs = known.reduce((sum, ms) => sum + ms, 0) / known.length;
  const evenMs = (meanMs * files.size) / suite.slots;
  const timeOf = (plan: SplitPlan): number => {
    const whole = [...files].filter(([file]) => !plan.has(file)).map(([, ms = meanMs]) => ms);
    const parts = [...plan.values()].flat().map(({ estimateMs }) => estimateMs);
    return scheduleMs([...whole, ...parts], suite.slots);
  };
  const wholeMs = timeOf(nothing);
  let best = { plan: nothing, ms: wholeMs };
  for (const divisor of finer) {
    const plan = splitAll(dominating, records, { targetMs: evenMs / divisor, partsMax: suite.slots });
    const ms = timeOf(plan);
    if (ms < best.ms * (1 - betterShare)) best = { plan, ms };
  }
  return wholeMs - best.ms < Math.max(savedLeastMs, wholeMs * savedLeastShare) ? nothing : best.plan;
}

function splitAll(
  dominating: readonly string[],
  records: ReadonlyMap<string, FileRecord>,
  { targetMs, partsMax }: { readonly targetMs: number; readonly partsMax: number },
): SplitPlan {
  const plan = new Map<string, readonly PlannedPart[]>();
  for (const file of dominating) {
    const parts = shareExamples(records.get(file)!, targetMs, partsMax);
    if (parts !== undefined) plan.set(file, parts);
  }
  return plan;
}
