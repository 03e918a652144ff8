import type { Hooks } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import type { Command } from "commander";
import { parseDuration } from "../option/duration.js";

/** The options that run scripts around the files of an executor, as they are typed. */
export interface HookOptions {
  readonly beforeAll?: string;
  readonly afterAll?: string;
  readonly hookTimeout?: string;
}

const timeoutMsDefault = 60_000;
/** Two of them, one for the tree before, fit into what a worker gives a trial to get ready. */
const timeoutMsMax = 240_000;
/** They travel as arguments of a program. */
const charactersMax = 4_096;

/** Adds the options to a verb. */
export function addHookOptions(command: Command): Command {
  return command
    .option("--before-all <script>", "run once in each executor before its first file, in the tree")
    .option("--after-all <script>", "run once in each executor after its last file, in the tree")
    .option("--hook-timeout <duration>", "time limit of each of the two (default: 60s, at most 4m)");
}

/** The hooks that were asked for; undefined when none was. @throws CapstanError `invalid-config`. */
export function readHooks({ beforeAll, afterAll, hookTimeout }: HookOptions): Hooks | undefined {
  const timeoutMs = hookTimeout === undefined ? timeoutMsDefault : parseDuration(hookTimeout, "--hook-timeout");
  if (timeoutMs < 1 || timeoutMs > timeoutMsMax)
    refuse(`--hook-timeout is "${hookTimeout}": give 4m at most; what takes longer fits into --setup`);
  checkScript(beforeAll, "--before-all");
  checkScript(afterAll, "--after-all");
  if (beforeAll !== undefined || afterAll !== undefined) return { beforeAll, afterAll, timeoutMs };
  if (hookTimeout !== undefined) refuse("--hook-timeout limits --before-all and --after-all: give one of them");
  return undefined;
}

function checkScript(script: string | undefined, option: string): void {
  if (script === undefined) return;
  if (script.trim() === "") refuse(`${option} is empty: give a script for the shell, such as 'bin/db create'`);
  if (script.length > charactersMax)
    refuse(`${option} has more than ${charactersMax} characters: write it to a file of the tree, and call that`);
}

function refuse(message: string): never {
  throw new CapstanError("invalid-config", message);
}
