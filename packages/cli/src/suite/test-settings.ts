import { resolve } from "node:path";
import { commandAdapter, framedAdapter, withEnv, type Adapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { parseCount } from "../option/count.js";
import { readMuted } from "../run/read-muted.js";
import { readTasksetSettings, type TasksetOptions } from "../run/taskset-options.js";
import {
  readWorkspaceSettings,
  type WorkspaceOptions,
  type WorkspaceSettings,
} from "../workspace/workspace-options.js";
import { readEnv, type EnvOption } from "./env-option.js";
import { findAdapter } from "./find-adapter.js";
import { readFileCommands, type CommandOptions } from "./file-command.js";
import { findFiles } from "./find-files.js";
import { readHooks, type HookOptions } from "./hook-options.js";
import { isolated } from "./isolation.js";
import { suiteClass } from "./suite-class.js";
import type { SuiteSettings } from "./suite-plan.js";

/** The options of `capstan test` as they are typed. */
export interface TestOptions extends TasksetOptions, WorkspaceOptions, CommandOptions, HookOptions, EnvOption {
  readonly adapter?: string;
  readonly root?: string;
  readonly config?: string;
  readonly suite?: string;
  readonly unmuted?: boolean;
  readonly memory?: string;
  readonly split?: boolean;
  readonly isolate?: boolean;
}

export interface TestSettings extends Omit<SuiteSettings, "workspace" | "splits" | "class" | "muted"> {
  /** The tree is sent along. */
  readonly sent?: WorkspaceSettings | undefined;
  readonly class: string;
  /** As typed. */
  readonly muted: readonly string[] | undefined;
  /** A file that dominates is split into its examples. */
  readonly split: boolean;
  /** With its hooks and variables. */
  readonly adapter: Adapter;
  /** Paths from the root. */
  readonly files: readonly string[];
}

/** Checks the options and finds framework and files. @throws CapstanError `invalid-config` naming what is wrong. */
export async function readTestSettings(
  { io }: Context,
  patterns: readonly string[],
  options: TestOptions,
): Promise<TestSettings> {
  const root = resolve(io.cwd, options.root ?? ".");
  const settings = readTasksetSettings(options);
  const sent = readWorkspaceSettings(options);
  const commandOf = readFileCommands(patterns, options);
  const hooks = readHooks(options);
  const env = readEnv(options);
  const found = commandOf === undefined ? await findAdapter(root, options.adapter) : commandAdapter;
  const bare = isolated(found, options.isolate);
  const framed = hooks === undefined ? bare : framedAdapter(bare, hooks);
  const adapter = env === undefined ? framed : withEnv(framed, env);
  const wanted = patterns.length === 0 ? adapter.patterns : patterns;
  const files = await findFiles(root, wanted);
  if (files.length === 0)
    throw new CapstanError("invalid-config", `no file in ${root} fits ${wanted.join(" ")}: give other patterns`);
  const muted = await readMuted(options, io.cwd);
  const memoryBytes = options.memory === undefined ? undefined : parseCount(options.memory, "--memory") * 1_048_576;
  return {
    ...settings,
    muted,
    memoryBytes,
    class: suiteClass(settings, adapter.name),
    split: options.split ?? false,
    root,
    adapter,
    files,
    commandOf,
    sent,
  };
}
