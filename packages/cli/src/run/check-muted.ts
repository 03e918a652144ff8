import { CapstanError, limits } from "@capstan/protocol";

/** @throws CapstanError `invalid-config` when more is muted than a launch may have. */
export function checkMutedCount(count: number, what: string): void {
  if (count <= limits.mutedMax) return;
  throw new CapstanError("invalid-config", `${count} ${what} are muted: at most ${limits.mutedMax} may be`);
}
