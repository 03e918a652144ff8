/** The input of a command task. */
import { excerpt } from "@capstan/protocol/plain";
import type { TrialOrder } from "../executor.js";

/** A command to run. */
export interface CommandInput {
  /** Program and arguments, or one line for `sh -c`. */
  command: string | string[];
  /** Variables beside those of the worker and the trial. */
  env?: Record<string, string>;
  /** Directory, relative to the workspace. */
  cwd?: string;
  /** What the command reads from standard input. */
  stdin?: string;
}

/** Checks an input; answers what is wrong with it, or undefined. */
export function wrongCommandInput(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return "the input of a command is an object";
  const { command, env, cwd, stdin, ...rest } = input as Record<string, unknown>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) return `the input of a command has no field ${JSON.stringify(excerpt(unknown))}`;
  if (!isCommand(command)) return "`command` is a line for the shell, or an array of the program and its arguments";
  if (env !== undefined && !isEnv(env)) return "`env` maps names of variables to text";
  if (cwd !== undefined && !isPlain(cwd)) return "`cwd` is a directory";
  if (stdin !== undefined && typeof stdin !== "string") return "`stdin` is text";
  return undefined;
}

function isCommand(value: unknown): boolean {
  if (!Array.isArray(value)) return isPlain(value) && value !== "";
  return value.length > 0 && value[0] !== "" && value.every(isPlain);
}

function isEnv(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, text]) => /^[^=\0]+$/.test(name) && isPlain(text));
}

/** Text that the system can take: it ends at the first NUL. */
function isPlain(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}

/** What to execute for a command task. */
export function commandLine(input: CommandInput): string[] {
  return typeof input.command === "string" ? ["/bin/sh", "-c", input.command] : input.command;
}

/** Reads the input of an order that has been checked. */
export function commandInput(order: TrialOrder): CommandInput {
  return order.input as CommandInput;
}
