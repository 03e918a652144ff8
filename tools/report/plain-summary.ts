import type { Reporter, TestModule } from "vitest/node";

/** Prints "N passed, N failed, N skipped" as the last line, for whatever reads plain summaries. */
export class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const line = summaryLine(countTests(modules, errors));
    process.on("exit", () => process.stdout.write(`${line}\n`));
  }
}

/** How many tests ended in which way. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The line itself, also written by `.ci/run`. */
export function summaryLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Counts tests. A file that failed without a failed test in it, an error outside of all tests and a test that never ended count as
 * one failure each, so that a run that could not load a file, or crashed, never looks green.
 */
export function countTests(modules: readonly TestModule[], errors: readonly unknown[]): TestCounts {
  const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of states) count[state] += 1;
    const isBlamed = states.includes("failed") || states.includes("pending");
    if (module.state() === "failed" && !isBlamed) count.failed += 1;
  }
  return { passed: count.passed, failed: count.failed + count.pending, skipped: count.skipped };
}
