import { CapstanError } from "@capstan/protocol";

/** A time span: milliseconds, or a number with its unit. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws CapstanError `invalid-config` for anything that is no time span. */
export function toMs(duration: Duration): number {
  if (typeof duration === "number" && duration >= 0) return duration;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  if (unit !== undefined) return Number(number) * unitsMs[unit]!;
  throw new CapstanError(
    "invalid-config",
    `"${duration}" is no duration: give milliseconds, or such as "250ms" or "5m"`,
  );
}
