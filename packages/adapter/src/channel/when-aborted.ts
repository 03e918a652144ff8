import { once } from "node:events";

/** Resolves when the signal is aborted, also when it is already; stays pending where it never is. */
export async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** @throws Error when the trial was stopped before it has begun. */
export function checkAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Error("the trial was stopped");
}
