import { CapstanError } from "@capstan/protocol";

/**
 * A value as JSON text.
 * @throws CapstanError `invalid-request` for what JSON cannot hold: cycles, bigints.
 */
export function toJson(value: unknown, what: string): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CapstanError("invalid-request", `${what} cannot be written as JSON: ${reason}`, { cause: error });
  }
}
