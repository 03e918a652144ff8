import { CapstanError } from "@capstan/protocol";
import type { Command } from "commander";
import { collect } from "../command/verb.js";
import { parseEnv, variableName } from "../option/env.js";

/** The variables of the executors that files run in, as they are typed. */
export interface EnvOption {
  readonly env?: readonly string[];
}

/** What fits into the command that starts an executor. */
const variablesMax = 100;
const charactersMax = 4_000;

/** Adds the option to a verb. */
export function addEnvOption(command: Command): Command {
  return command.option("-e, --env <name=value>", "a variable for all files, no secret; may be repeated", collect);
}

/** The variables that were given; undefined when none was. @throws CapstanError `invalid-config`. */
export function readEnv({ env }: EnvOption): Readonly<Record<string, string>> | undefined {
  if (env === undefined) return undefined;
  if (env.length > variablesMax) refuse(`--env is given ${env.length} times, and may be ${variablesMax} times`);
  for (const text of env) {
    const [name = ""] = text.split("=", 1);
    if (text.includes("\0")) refuse(`--env ${name.slice(0, 60)} has a NUL, which no variable can have`);
    if (text.length > charactersMax)
      refuse(`--env ${name.slice(0, 60)} has more than ${charactersMax} characters: put them into a file of the tree`);
  }
  const variables = parseEnv(env);
  for (const name of Object.keys(variables)) checkName(name);
  return variables;
}

/** Names stand among the arguments of `env`, which reads one that begins with a dash as an option of its own. */
function checkName(name: string): void {
  if (variableName.test(name)) return;
  const shown = `--env ${name.slice(0, 60)}`;
  if (name.startsWith("CAPSTAN_")) refuse(`${shown}: what begins with CAPSTAN_ is the worker's own: take another name`);
  refuse(`${shown} is no name of a variable: write letters, digits and _, no digit first`);
}

function refuse(message: string): never {
  throw new CapstanError("invalid-config", message);
}
