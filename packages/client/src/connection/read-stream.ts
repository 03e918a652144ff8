import type { Clock } from "@capstan/protocol";
import type { OpenAnswer } from "./connection.js";

export interface StreamLimits {
  readonly clock: Clock;
  /** A stream that is silent for this long is taken for dead. */
  readonly idleMs: number;
}

class SilenceError extends Error {
  override readonly name = "SilenceError";
}

/** Whether a stream was given up because nothing came. */
export function isSilence(error: unknown): boolean {
  return error instanceof SilenceError;
}

/**
 * The chunks of a streamed answer. Leaving the loop ends the request; a stream that breaks throws `unreachable`, one that
 * falls silent an error for which isSilence is true.
 */
export async function* readStream(
  { response, guard }: OpenAnswer,
  { clock, idleMs }: StreamLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  let isSilent = false;
  const onSilence = (): void => {
    isSilent = true;
    guard.abort();
  };
  try {
    if (reader === undefined) return;
    for (;;) {
      const timer = clock.setTimer(idleMs, onSilence);
      const step = await reader.read().finally(() => timer.cancel());
      if (step.done) return;
      yield step.value;
    }
  } catch (error) {
    if (isSilent) throw new SilenceError(`the stream was silent for ${idleMs} ms`, { cause: error });
    throw guard.explain(error);
  } finally {
    guard.release();
    guard.abort();
    reader?.cancel().catch(() => {});
  }
}
