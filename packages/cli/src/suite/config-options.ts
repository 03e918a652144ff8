import { resolve } from "node:path";
import { CapstanError } from "@capstan/protocol";
import type { SuiteConfig, WorkspaceConfig } from "../config/config.js";
import type { ReadConfig } from "../config/read-config.js";
import type { WorkspaceOptions } from "../workspace/workspace-options.js";
import type { TestOptions } from "./test-settings.js";

/** What is typed, with what the configuration says where nothing was. */
export interface ConfiguredTest {
  readonly patterns: readonly string[];
  readonly options: TestOptions;
}

/** Takes from the configuration what is not typed. @throws CapstanError `invalid-config` for a suite that it does not have. */
export function withConfig({ patterns, options }: ConfiguredTest, read: ReadConfig | undefined): ConfiguredTest {
  const suite = suiteOf(read, options.suite);
  if (read === undefined) return { patterns, options };
  return {
    patterns: patterns.length > 0 ? patterns : (suite.files ?? []),
    options: { ...optionsOf(beside(suite, options), read.folder), ...options },
  };
}

/** A framework that is typed comes before the command of the configuration, and the other way round. */
function beside(suite: SuiteConfig, { adapter, command }: TestOptions): SuiteConfig {
  const { adapter: ownAdapter, command: ownCommand, results, ...rest } = suite;
  return {
    ...rest,
    ...(command === undefined && ownAdapter !== undefined && { adapter: ownAdapter }),
    ...(adapter === undefined && ownCommand !== undefined && { command: ownCommand }),
    ...(adapter === undefined && results !== undefined && { results }),
  };
}

function suiteOf(read: ReadConfig | undefined, name: string | undefined): SuiteConfig {
  const { suites = {}, ...all } = read?.config.test ?? {};
  if (name === undefined) return all;
  const own = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (own !== undefined) return { class: own.name ?? name, ...all, ...own };
  const names = Object.keys(suites);
  const remedy = names.length === 0 ? "has no suites: write them as `test.suites`" : `has ${names.join(", ")}`;
  throw new CapstanError("invalid-config", `--suite is "${name}": ${read?.path ?? "capstan.config.ts"} ${remedy}`);
}

/** The options as they would be typed: checked where typed ones are, and in no other way. */
function optionsOf(suite: SuiteConfig, folder: string): TestOptions {
  const { adapter, root = ".", jobs, timeout, maxTrials, maxFailures, labels, workspace, hooks, reports = {} } = suite;
  const path = (file: string): string => resolve(folder, file);
  return {
    root: path(root),
    ...(adapter !== undefined && { adapter }),
    ...(suite.command !== undefined && { command: suite.command }),
    ...(suite.results !== undefined && { results: suite.results }),
    ...(jobs !== undefined && { jobs: String(jobs) }),
    ...(timeout !== undefined && { timeout }),
    ...(suite.memory !== undefined && { memory: String(suite.memory) }),
    ...(maxTrials !== undefined && { maxTrials: String(maxTrials) }),
    ...(maxFailures !== undefined && { maxFailures: String(maxFailures) }),
    ...(suite.maxRetries !== undefined && { maxRetries: String(suite.maxRetries) }),
    ...(suite.maxRetryShare !== undefined && { maxRetryShare: suite.maxRetryShare }),
    ...(suite.mute !== undefined && { mute: suite.mute }),
    ...(suite.mutedFrom !== undefined && { mutedFrom: path(suite.mutedFrom) }),
    ...(suite.unmuted !== undefined && { unmuted: suite.unmuted }),
    ...(suite.split !== undefined && { split: suite.split }),
    ...(suite.isolate !== undefined && { isolate: suite.isolate }),
    ...(suite.name !== undefined && { name: suite.name }),
    ...(suite.replace !== undefined && { replace: suite.replace }),
    ...(suite.class !== undefined && { class: suite.class }),
    ...(labels !== undefined && { label: labels }),
    ...(workspace !== undefined && { workspace: true, ...sentOf(workspace) }),
    ...(suite.env !== undefined && { env: Object.entries(suite.env).map(([name, value]) => `${name}=${value}`) }),
    ...(hooks?.beforeAll !== undefined && { beforeAll: hooks.beforeAll }),
    ...(hooks?.afterAll !== undefined && { afterAll: hooks.afterAll }),
    ...(hooks?.timeout !== undefined && { hookTimeout: hooks.timeout }),
    ...(reports.json !== undefined && { report: path(reports.json) }),
    ...(reports.junit !== undefined && { junit: path(reports.junit) }),
    ...(reports.html !== undefined && { html: path(reports.html) }),
    ...(suite.local !== undefined && { local: suite.local }),
    ...(suite.orLocal !== undefined && { orLocal: suite.orLocal }),
  };
}

/** Its fields are called as the options are. */
function sentOf(workspace: WorkspaceConfig): Omit<WorkspaceOptions, "workspace"> {
  return workspace;
}
