import { CapstanError } from "@capstan/protocol";
import type { Connection } from "./connection.js";
import { isSilence } from "./read-stream.js";
import { delayAfter, patient } from "./retry.js";
import { sleep } from "./sleep.js";

export interface ResumeOptions {
  /** Whether an end that is no failure is none of the reader's either: the stream is opened again. */
  readonly isEndless: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a stream that is opened again where it stood whenever it breaks or falls silent. `open` keeps the place and tells
 * when the stream stands. Gives up when the engine has not answered for five minutes.
 */
export async function* resumed<T>(
  connection: Connection,
  open: (onOpen: () => void) => AsyncIterable<T>,
  { isEndless, signal }: ResumeOptions,
): AsyncGenerator<T, void, undefined> {
  const { clock, random, retry } = connection.settings;
  const policy = patient(retry);
  const state = { failures: 0, aliveAtMs: clock.monotonicMs() };
  const onOpen = (): void => {
    state.aliveAtMs = clock.monotonicMs();
  };
  for (;;) {
    let failure: unknown = new CapstanError("unreachable", "the stream ended");
    try {
      for await (const item of open(onOpen)) {
        state.failures = 0;
        onOpen();
        yield item;
      }
      if (!isEndless) return;
    } catch (error) {
      // Quiet is normal for hours; only asking anew tells it from a connection that died.
      if (isSilence(error)) continue;
      failure = error;
    }
    state.failures += 1;
    const delayMs = delayAfter(failure, state.failures, { policy, random });
    if (delayMs === undefined || clock.monotonicMs() - state.aliveAtMs + delayMs > policy.totalMs) throw failure;
    await sleep(clock, delayMs, signal);
  }
}
