import { CapstanError } from "@capstan/protocol";

/** A whole number within bounds. @throws CapstanError `invalid-config`. */
export function parseCount(text: string, option: string, { min = 1, max = 1_000_000 } = {}): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new CapstanError(
    "invalid-config",
    `${option} is "${text.slice(0, 60)}": give a whole number from ${min} to ${max}`,
  );
}
