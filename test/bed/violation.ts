import type { JournalLine } from "./journal.js";

export type ViolationKind =
  "lost" | "stuck" | "doubled" | "overlap" | "charged" | "uncancelled" | "miscounted" | "unknown" | "failed" | "leaked";

/** Something that the promises of the model do not explain, with what it rests on. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
  readonly evidence: readonly string[];
}

export function violation(kind: ViolationKind, what: string, evidence: readonly string[] = []): Violation {
  return { kind, what, evidence };
}

export function showLine({ what, n, trial, pid, atMs }: JournalLine): string {
  return `${Math.round(atMs)} ms: ${what} ${n} ${trial} in process ${pid}`;
}
