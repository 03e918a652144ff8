import type { DriveReport } from "./drive.js";
import type { Failure } from "./failure.js";
import type { GrowReport } from "./grow.js";

/** What a process that feeds a target is told when it starts. */
export interface Order {
  readonly does: "grow" | "drive";
  readonly target: string;
  readonly seed: number;
  readonly firstPage: number;
  readonly limitMs: number;
  readonly casesMax: number;
  /** Whether what was grown replaces what the repository keeps. */
  readonly isKept: boolean;
}

/** What it says. */
export type Word =
  | { readonly is: "progress"; readonly cases: number; readonly page: number }
  | { readonly is: "failure"; readonly failure: Failure }
  | { readonly is: "driven"; readonly report: DriveReport }
  | { readonly is: "grown"; readonly report: Omit<GrowReport, "smallest"> & { readonly corpus: number } };
