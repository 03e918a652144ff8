import { CapstanError } from "@capstan/protocol";

/** Reads a share such as 5% or 0.05. @throws CapstanError `invalid-config` naming the option. */
export function parseShare(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (match === null) {
    throw new CapstanError("invalid-config", `${option} is "${text.slice(0, 60)}": give a share such as 5% or 0.05`);
  }
  return match[2] === "%" ? Number(match[1]) / 100 : Number(match[1]);
}
