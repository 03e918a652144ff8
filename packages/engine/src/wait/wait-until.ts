import type { Clock } from "@capstan/protocol";

export interface Awaited<T> {
  readonly read: () => Promise<T>;
  readonly isDone: (value: T) => boolean;
  /** Calls back when it is worth reading again. */
  readonly subscribe: (tell: () => void) => () => void;
}

export interface WaitLimits {
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Reads until it is done, or the time is over, or the caller has gone; gives what was read last. Nothing is polled. */
export async function waitUntil<T>(
  { read, isDone, subscribe }: Awaited<T>,
  { waitMs, clock, signal }: WaitLimits,
): Promise<T> {
  let tell: () => void = () => {};
  let isTold = false;
  let isOver = waitMs <= 0;
  const wake = (): void => {
    isTold = true;
    tell();
  };
  const end = (): void => {
    isOver = true;
    tell();
  };
  const unsubscribe = subscribe(wake);
  const timer = waitMs > 0 ? clock.setTimer(waitMs, end) : undefined;
  signal?.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      isTold = false;
      const value = await read();
      if (isDone(value) || isOver) return value;
      if (!isTold) await new Promise<void>((resolve) => (tell = resolve));
    }
  } finally {
    unsubscribe();
    timer?.cancel();
    signal?.removeEventListener("abort", end);
  }
}
