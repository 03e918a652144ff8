import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateFolder } from "../corpus/corpus.js";
import type { Failure } from "./failure.js";

/** What was done with one target so far. */
export interface TargetResult {
  cases: number;
  /** Time of feeding, of which `casesPerSecond` is made. */
  ms: number;
  /** The page that is next. */
  page: number;
  hasGrown: boolean;
  /** Characters of code that its corpus reaches; 0 before it was grown. */
  reached: number;
  corpus: number;
  heapBytes: { before: number; after: number } | undefined;
  problems: string[];
  failures: Failure[];
}

export interface Results {
  readonly seed: number;
  readonly targets: Record<string, TargetResult>;
}

const path = join(stateFolder, "results.json");

export function emptyResult(): TargetResult {
  return {
    cases: 0,
    ms: 0,
    page: 0,
    hasGrown: false,
    reached: 0,
    corpus: 0,
    heapBytes: undefined,
    problems: [],
    failures: [],
  };
}

/** The results of the run before, to be continued; undefined when there is none. */
export function readResults(): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Written beside and put in place, so that an interruption leaves the old or the new. */
export function writeResults(results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(results, undefined, 2));
  renameSync(`${path}.new`, path);
}
