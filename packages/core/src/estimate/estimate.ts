import { CapstanError } from "@capstan/protocol";

/** What a task is expected to take, learnt from its successful trials. */
export interface Estimate {
  readonly meanMs: number;
  /** Weighted mean of the distances between what was expected and what came. */
  readonly deviationMs: number;
  /** Durations learnt from; 0 when all that is known is a timeout. */
  readonly samples: number;
}

/** The weight of a new duration once enough are known: after a change, 4 trials make up for two thirds of it. */
const weightLeast = 1 / 4;

/**
 * Learns from the duration of a successful trial.
 *
 * Mean and deviation are those that TCP keeps of round-trip times (RFC 6298, section 2, after Jacobson 1988):
 *
 *     first:  mean = x                      deviation = x / 2
 *     later:  deviation += w · (|x − mean| − deviation)      mean += w · (x − mean)
 *
 * with w = max(1/n, 1/4) for the n-th duration x, so that the first few count alike. The mean never leaves the range
 * of the durations. @throws CapstanError `internal` when the duration is negative or no finite number.
 */
export function learn(previous: Estimate | undefined, durationMs: number): Estimate {
  checkDuration(durationMs);
  if (previous === undefined || previous.samples === 0) {
    return { meanMs: durationMs, deviationMs: durationMs / 2, samples: 1 };
  }
  const samples = previous.samples + 1;
  const weight = Math.max(1 / samples, weightLeast);
  const distanceMs = Math.abs(durationMs - previous.meanMs);
  return {
    meanMs: blend(previous.meanMs, durationMs, weight),
    deviationMs: blend(previous.deviationMs, distanceMs, weight),
    samples,
  };
}

/**
 * Raises an estimate to at least the limit at which a trial was stopped: the task is known to take longer than that.
 * It is no sample: without any, the first success replaces it. @throws CapstanError `internal` like `learn`.
 */
export function raiseAfterTimeout(previous: Estimate | undefined, limitMs: number): Estimate {
  checkDuration(limitMs);
  if (previous === undefined) return { meanMs: limitMs, deviationMs: limitMs / 2, samples: 0 };
  return previous.meanMs >= limitMs ? previous : { ...previous, meanMs: limitMs };
}

/** A weighted mean that rounding does not carry out of the range of the two. */
function blend(from: number, to: number, weight: number): number {
  const mixed = from + weight * (to - from);
  return Math.min(Math.max(mixed, Math.min(from, to)), Math.max(from, to));
}

function checkDuration(ms: number): void {
  if (!(ms >= 0 && ms < Infinity)) throw new CapstanError("internal", `${ms} ms is no duration to learn from`);
}
