import { CapstanError, type Clock, type Random } from "@capstan/protocol";
import { sleep } from "./sleep.js";

/** How often and how long a call that failed is tried again. The delay doubles, and half of it is random. */
export interface RetryPolicy {
  /** Tries in all; default 6. */
  readonly triesMax: number;
  /** The first delay; default 100 ms. */
  readonly initialMs: number;
  /** The longest delay; default 10 s. What the engine asks for by `retryAfterMs` is kept even if it is longer. */
  readonly maxMs: number;
  /** No try begins later than this after the first; default 60 s. */
  readonly totalMs: number;
}

export const defaultRetry: RetryPolicy = { triesMax: 6, initialMs: 100, maxMs: 10_000, totalMs: 60_000 };

/** Those who wait for something stay through the restart of an engine: five minutes without an answer. */
export function patient(policy: RetryPolicy): RetryPolicy {
  return { ...policy, triesMax: Number.POSITIVE_INFINITY, totalMs: Math.max(policy.totalMs, 300_000) };
}

export interface RetrySeams {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
}

/** Tries the work until it succeeds, fails for good, or the policy ends it; then its last error is thrown. */
export async function retry<T>(work: (n: number) => Promise<T>, policy: RetryPolicy, seams: RetrySeams): Promise<T> {
  const startedAtMs = seams.clock.monotonicMs();
  for (let n = 1; ; n += 1) {
    try {
      return await work(n);
    } catch (error) {
      const delayMs = delayAfter(error, n, { policy, random: seams.random });
      if (delayMs === undefined) throw error;
      if (seams.clock.monotonicMs() - startedAtMs + delayMs > policy.totalMs) throw error;
      await sleep(seams.clock, delayMs, seams.signal);
    }
  }
}

interface DelaySource {
  readonly policy: RetryPolicy;
  readonly random: Random;
}

/** How long to wait after the n-th try failed; undefined when there is to be no other. */
export function delayAfter(error: unknown, n: number, { policy, random }: DelaySource): number | undefined {
  if (!(error instanceof CapstanError) || !error.retryable || n >= policy.triesMax) return undefined;
  const share = random.fraction();
  const ownMs = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(n - 1, 30)) * (0.5 + share / 2);
  const asked = error.details?.["retryAfterMs"];
  // Spread over a fifth more, so that all who were sent away do not come back in one moment.
  const askedMs = typeof asked === "number" && asked > 0 ? asked * (1 + share / 5) : 0;
  return Math.max(ownMs, askedMs);
}
