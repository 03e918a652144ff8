/** The tasks that have no trial yet, summed up: what a caller with millions of them keeps. */
export interface WaitingWork {
  /** Sum of the estimates that are known. */
  readonly knownMs: number;
  /** The longest of them; 0 when none is known. */
  readonly longestMs: number;
  /** Tasks of unknown length. */
  readonly unknown: number;
  /** What such a task is taken to last; null when there is nothing to go by. */
  readonly meanMs: number | null;
}

export interface WorkLeft {
  /** The tasks that have no trial yet: their estimates, or the sum of them. */
  readonly remaining: readonly number[] | WaitingWork;
  /** What is left of the running trials; a trial past its estimate has 0 left. */
  readonly running: readonly number[];
  /** Trials that can run at once, those that run now included. */
  readonly slots: number;
}

/**
 * The time in ms until all of it is done: the larger of "all work shared evenly by the slots" and "the longest task".
 * No schedule is faster, and one that leaves no slot idle while a task waits needs less than twice as long (Graham,
 * "Bounds for Certain Multiprocessing Anomalies", 1966); starting the longest first, it comes close. null when it
 * cannot be said: there is no slot, or nothing is known of the length of what is left.
 */
export function etaMs(work: WorkLeft): number | null {
  const { running, slots } = work;
  const waiting = isList(work.remaining) ? sumUp(work.remaining) : work.remaining;
  const isDone = running.length === 0 && waiting.unknown === 0 && waiting.knownMs === 0;
  if (isDone) return 0;
  if (slots < 1 || (waiting.unknown > 0 && waiting.meanMs === null)) return null;
  const unknownMs = waiting.unknown === 0 ? 0 : (waiting.meanMs ?? 0);
  const now = sumUp(running);
  const totalMs = waiting.knownMs + waiting.unknown * unknownMs + now.knownMs;
  return Math.max(totalMs / slots, waiting.longestMs, unknownMs, now.longestMs);
}

function isList(remaining: readonly number[] | WaitingWork): remaining is readonly number[] {
  return Array.isArray(remaining);
}

function sumUp(durations: readonly number[]): WaitingWork {
  let knownMs = 0;
  let longestMs = 0;
  for (const duration of durations) {
    // A trial past its estimate must not shorten what the others take.
    const ms = Math.max(0, duration);
    knownMs += ms;
    if (ms > longestMs) longestMs = ms;
  }
  return { knownMs, longestMs, unknown: 0, meanMs: null };
}
