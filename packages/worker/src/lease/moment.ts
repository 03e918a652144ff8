import type { Clock } from "@capstan/protocol/plain";

/** One point in time on both clocks: the monotonic one stands still while the machine is suspended. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
}

/** How long ago `earlier` was, by the clock that counted more: a suspended machine is noticed by its wall clock. */
export function elapsedMs(earlier: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - earlier.monotonicMs, now.wallMs - earlier.wallMs);
}

/** The later of two moments of the same machine. */
export function laterOf(left: Moment, right: Moment): Moment {
  return left.monotonicMs >= right.monotonicMs ? left : right;
}
