import { exampleName } from "@capstan/adapter";
import { limits, type FilePart } from "@capstan/protocol";
import type { FileRecord } from "./file-record.js";

/** A part of a file, and how long it is expected to take. */
export interface PlannedPart {
  readonly part: FilePart;
  readonly estimateMs: number;
}

interface Share {
  ms: number;
  readonly ids: string[];
}

/** What the lists of a file's parts may hold together: an input has a limit, and each id stands in two lists. */
const listBytesMax = 1024 * 1024;
const listItemsMax = 10_000;

/**
 * Shares the examples of a file out to the fewest parts of which none takes longer than `targetMs`, or, where one
 * example does, to the fewest that come as close as can be. Undefined when it cannot be split at all.
 */
export function shareExamples(record: FileRecord, targetMs: number, partsMax: number): PlannedPart[] | undefined {
  const groups = groupsOf(record);
  const longestMs = groups[0]?.ms ?? 0;
  const reachedMs = Math.max(targetMs - record.loadMs, longestMs);
  const most = Math.min(partsMax, limits.filePartsMax, groups.length);
  if (most < 2 || record.isIndivisible || !fitsLists(record)) return undefined;
  for (let count = 2; ; count += 1) {
    const shares = balance(groups, count);
    if (count === most || Math.max(...shares.map(({ ms }) => ms)) <= reachedMs) return partsOf(shares, record);
  }
}

/** Examples of one name stay together, whatever their case: not every framework tells them apart. The longest first. */
function groupsOf({ examples }: FileRecord): Share[] {
  const groups = new Map<string, Share>();
  for (const { id, durationMs } of examples) {
    const name = exampleName(id).toUpperCase();
    const group = groups.get(name) ?? { ms: 0, ids: [] };
    groups.set(name, group);
    group.ms += durationMs;
    group.ids.push(id);
  }
  // What takes no time needs no place of its own: it goes with all that is not listed.
  return [...groups.values()].filter(({ ms }) => ms > 0).toSorted((left, right) => right.ms - left.ms);
}

function fitsLists({ examples }: FileRecord): boolean {
  const bytes = examples.reduce((sum, { id }) => sum + Buffer.byteLength(id), 0);
  return examples.length <= listItemsMax && bytes <= listBytesMax;
}

/** Each to the share that has least so far, the longest first. */
function balance(groups: readonly Share[], count: number): Share[] {
  const shares = Array.from({ length: count }, (): Share => ({ ms: 0, ids: [] }));
  for (const { ms, ids } of groups) {
    const least = shares.reduce((left, right) => (right.ms < left.ms ? right : left));
    least.ms += ms;
    least.ids.push(...ids);
  }
  return shares;
}

/** The share with the most examples is the last part, and is told by what it has not: so what is new runs in it too. */
function partsOf(shares: readonly Share[], { loadMs }: FileRecord): PlannedPart[] {
  const rest = shares.reduce((left, right) => (right.ids.length > left.ids.length ? right : left));
  const others = shares.filter((share) => share !== rest);
  const of = shares.length;
  const estimateOf = ({ ms }: Share): number => Math.round(ms + loadMs);
  return [
    ...others.map((share, at) => ({ part: { number: at + 1, of, only: share.ids }, estimateMs: estimateOf(share) })),
    { part: { number: of, of, except: others.flatMap(({ ids }) => ids) }, estimateMs: estimateOf(rest) },
  ];
}
