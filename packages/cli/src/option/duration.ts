import { CapstanError, excerpt } from "@capstan/protocol";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;
const maxMs = 366 * 86_400_000;

/**
 * Milliseconds of a duration such as `250ms`, `30s`, `5m`, `1h30m` or `2d`.
 * @throws CapstanError `invalid-config` for anything else, a number without a unit among it, and for over 366 days.
 */
export function parseDuration(text: string, option: string): number {
  const ms = readParts(text.trim());
  const bare = /^\d{1,15}$/.test(text.trim()) ? `: write ${text.trim()}s for seconds` : "";
  if (ms === undefined) {
    const remedy = bare || ": write a number and a unit, such as 250ms, 30s, 5m, 1h30m or 2d";
    throw new CapstanError("invalid-config", `${option} is "${excerpt(text, 60)}"${remedy}`);
  }
  if (ms > maxMs) throw new CapstanError("invalid-config", `${option} is "${excerpt(text, 60)}": the longest is 366d`);
  return ms;
}

function readParts(text: string): number | undefined {
  let ms = 0;
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    ms += Number(match[1]) * unitsMs[match[2]!]!;
  }
  return text === "" ? undefined : Math.round(ms);
}
