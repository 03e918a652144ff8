import { times } from "@capstan/protocol";
import type { ResolvedPolicy } from "../policy/resolved-policy.js";

/** The limits of one trial, as durations from its start. */
export interface TimeLimits {
  /** When the executor is told to stop. */
  readonly softMs: number;
  /** When it is killed with all its children; never below `softMs`. */
  readonly hardMs: number;
  /** Whether a timeout doubles the limits of the next trial. */
  readonly isByEstimate: boolean;
}

/** No limit is longer, however often it was doubled: the longest that a policy can set. */
export const timeLimitMsMax = 366 * 24 * 3_600_000;

/**
 * The time limits of a task's next trial, in whole ms. An explicit timeout wins. A job without one has 300 s, whatever
 * its past. A test without one is limited by its estimate e: soft = max(30 s, 2e), hard = max(soft + 30 s, 3e); of
 * unknown length (null) it has 300 s and 330 s; both times 2^doublings. An explicit hard limit caps the soft one.
 */
export function timeLimits(policy: ResolvedPolicy, estimateMs: number | null, doublings: number): TimeLimits {
  const { timeoutMs, hardTimeoutMs, stopGraceMs, profile } = policy;
  if (timeoutMs === null && profile === "test") {
    const { softMs, hardMs } = limitsByEstimate(estimateMs, doublings);
    if (hardTimeoutMs === null) return { softMs, hardMs, isByEstimate: true };
    return { softMs: Math.min(softMs, hardTimeoutMs), hardMs: hardTimeoutMs, isByEstimate: true };
  }
  if (timeoutMs !== null) {
    const hardMs = Math.max(timeoutMs, hardTimeoutMs ?? timeoutMs + stopGraceMs);
    return { softMs: timeoutMs, hardMs, isByEstimate: false };
  }
  const softMs = Math.min(times.jobTimeoutMs, hardTimeoutMs ?? times.jobTimeoutMs);
  return { softMs, hardMs: hardTimeoutMs ?? softMs + stopGraceMs, isByEstimate: false };
}

function limitsByEstimate(estimateMs: number | null, doublings: number): { softMs: number; hardMs: number } {
  const softMs = estimateMs === null ? times.testUnknownSoftMs : Math.max(times.testLeastMs, 2 * estimateMs);
  const hardMs = Math.max(softMs + times.hardGraceMs, 3 * (estimateMs ?? 0));
  const factor = 2 ** Math.max(0, doublings);
  return { softMs: capped(softMs * factor), hardMs: capped(hardMs * factor) };
}

function capped(ms: number): number {
  return Math.min(Math.ceil(ms), timeLimitMsMax);
}
