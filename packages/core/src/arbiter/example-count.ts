import type { ExampleCounts } from "@capstan/protocol";
import type { Taskset } from "../state/taskset.js";

/** The examples of a test file, as the end of its last trial tells them; undefined when it tells of none. */
function readCounts(countsJson: string | null): ExampleCounts | undefined {
  if (countsJson === null) return undefined;
  const { passed, failed, skipped } = JSON.parse(countsJson) as Record<string, unknown>;
  return isCount(passed) && isCount(failed) && isCount(skipped) ? { passed, failed, skipped } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Counts the examples of a file that got its verdict or, with -1, of one that is run again. */
export function countExamples({ counts }: Taskset, countsJson: string | null, by: 1 | -1): void {
  const told = readCounts(countsJson);
  // Of tasksets that ended before examples were counted nothing can be taken back.
  if (told === undefined || (by === -1 && counts.examples === undefined)) return;
  const { passed, failed, skipped } = counts.examples ?? { passed: 0, failed: 0, skipped: 0 };
  counts.examples = {
    passed: Math.max(0, passed + by * told.passed),
    failed: Math.max(0, failed + by * told.failed),
    skipped: Math.max(0, skipped + by * told.skipped),
  };
}
