import { resolve } from "node:path";
import type { Adapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { readMuted } from "../run/read-muted.js";
import { readTasksetSettings, type TasksetOptions } from "../run/taskset-options.js";
import {
  readWorkspaceSettings,
  type WorkspaceOptions,
  type WorkspaceSettings,
} from "../workspace/workspace-options.js";
import { findAdapter } from "./find-adapter.js";
import { findFiles } from "./find-files.js";
import type { SuiteSettings } from "./suite-plan.js";

/** The options of `capstan test` as they are typed. */
export interface TestOptions extends TasksetOptions, WorkspaceOptions {
  readonly adapter?: string;
  readonly root?: string;
  readonly config?: string;
  readonly suite?: string;
}

export interface TestSettings extends Omit<SuiteSettings, "workspace"> {
  /** The tree is sent along. */
  readonly sent?: WorkspaceSettings | undefined;
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
  const adapter = await findAdapter(root, options.adapter);
  const wanted = patterns.length === 0 ? adapter.patterns : patterns;
  const files = await findFiles(root, wanted);
  if (files.length === 0)
    throw new CapstanError("invalid-config", `no file in ${root} fits ${wanted.join(" ")}: give other patterns`);
  const muted = await readMuted(options, io.cwd);
  return { ...settings, muted, class: settings.class ?? settings.name ?? adapter.name, root, adapter, files, sent };
}
