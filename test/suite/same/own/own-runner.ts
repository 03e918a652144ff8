import type { Verdict } from "../verdict.js";

/** The command line of a framework, which runs a suite once and writes a report for machines. */
export interface OwnRunner {
  /** The program with its arguments; without files it finds them itself. */
  readonly argv: (run: OwnRun) => string[];
  readonly read: (report: string, root: string) => Verdict[];
}

export interface OwnRun {
  readonly root: string;
  /** Where it writes its report. */
  readonly out: string;
  /** Paths from the root. */
  readonly files: readonly string[];
}
