import type { WaitOptions } from "../engine/operations.js";
import { untilAborted } from "./disconnect.js";

/** Waits for an answer no longer than the client stays and the API is open. */
export function waitFor<T>(
  signal: AbortSignal,
  waitMs: number | undefined,
  wait: (options: WaitOptions) => Promise<T>,
): Promise<T> {
  return untilAborted(wait({ waitMs: waitMs ?? 0, signal }), signal);
}
