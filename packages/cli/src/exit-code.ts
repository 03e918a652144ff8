import type { ErrorCode } from "@capstan/protocol";

/** What the exit codes of every verb mean. */
export const exitCodes = {
  good: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  /** As of `timeout(1)`: what was waited for has not ended. */
  timedOut: 124,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

export const exitCodeHelp = `Exit codes: 0 all good · 1 failed or refused · 2 wrong usage · 3 engine unreachable · 124 not ended in time · 130 ended by a signal`;

const usageCodes: ReadonlySet<ErrorCode> = new Set([
  "invalid-config",
  "invalid-request",
  "invalid-id",
  "invalid-cursor",
]);

/** The exit code of an error. */
export function exitCodeOf(code: ErrorCode): number {
  if (code === "unreachable") return exitCodes.unreachable;
  if (code === "timed-out") return exitCodes.timedOut;
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failed;
}
