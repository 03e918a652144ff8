import { CapstanError } from "@capstan/protocol";

/**
 * A variable that a user may set for executors: a name that every shell takes, and none of those by which worker and
 * spawner know them.
 */
export const variableName = /^(?!CAPSTAN_)[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads variables such as NAME=VALUE; the last of a name counts. @throws CapstanError `invalid-config` naming what is none. */
export function parseEnv(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new CapstanError("invalid-config", `--env is "${text.slice(0, 60)}": write NAME=VALUE`);
    }),
  );
}
