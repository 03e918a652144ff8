import { CapstanError, type PhaseScript, type Workspace } from "@capstan/protocol";
import type { Command } from "commander";
import { parseDuration } from "../option/duration.js";

/** The options that send a tree along, as they are typed. */
export interface WorkspaceOptions {
  readonly workspace?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly setup?: string;
  readonly setupTimeout?: string;
  readonly cleanUp?: string;
  readonly strict?: boolean;
}

/** What they say. */
export interface WorkspaceSettings extends Omit<Workspace, "tree"> {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

const collect = (value: string, all: readonly string[] | undefined): readonly string[] => [...(all ?? []), value];

/** Adds the options to a verb. */
export function addWorkspaceOptions(command: Command): Command {
  return command
    .option("--workspace", "send the tree along: each worker gets a copy, whatever it has itself")
    .option("--include <glob>", "of the tree only what fits; may be repeated", collect)
    .option("--exclude <glob>", "not what fits; may be repeated", collect)
    .option("--setup <script>", "run once on each worker before the first file, in the copy")
    .option("--setup-timeout <duration>", "time limit of the setup (default: 10m)")
    .option("--clean-up <script>", "run once on each worker after the last file, in the copy")
    .option("--strict", "fail when one worker does not get ready, not only when none does");
}

/** What was asked for; undefined when the tree stays where it is. @throws CapstanError `invalid-config`. */
export function readWorkspaceSettings(options: WorkspaceOptions): WorkspaceSettings | undefined {
  const { workspace, include, exclude, setup, cleanUp, strict } = options;
  if (workspace !== true) {
    const alone = Object.entries({ include, exclude, setup, "clean-up": cleanUp, strict }).find(([, value]) => value);
    if (alone === undefined) return undefined;
    throw new CapstanError("invalid-config", `--${alone[0]} is about the copy that --workspace sends: add --workspace`);
  }
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(setup === undefined ? {} : { setup: scriptOf(setup, options.setupTimeout) }),
    ...(cleanUp === undefined ? {} : { cleanUp: scriptOf(cleanUp, undefined) }),
    ...(strict === true ? { isStrict: true } : {}),
  };
}

function scriptOf(script: string, timeout: string | undefined): PhaseScript {
  return { script, ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout, "--setup-timeout") }) };
}
