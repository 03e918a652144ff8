import { exitCodes } from "../exit-code.js";
import type { Context } from "../context.js";

/** What signals did to a piece of work. */
export interface Interruption {
  readonly isInterrupted: boolean;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * At the first signal that asks to end `onFirst` is called; at the second `onSecond`, which by default leaves at once
 * with exit code 130.
 */
export function watchSignals(
  context: Context,
  onFirst: () => void,
  onSecond = (): void => context.io.exit(exitCodes.interrupted),
): Interruption {
  const controller = new AbortController();
  const stop = context.io.onSignal(() => {
    if (controller.signal.aborted) {
      onSecond();
      return;
    }
    controller.abort();
    onFirst();
  });
  return {
    get isInterrupted() {
      return controller.signal.aborted;
    },
    signal: controller.signal,
    stop,
  };
}
