import { resolve } from "node:path";
import type { Adapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { parseCount } from "../option/count.js";
import { parseDuration } from "../option/duration.js";
import { findAdapter } from "./find-adapter.js";
import { findFiles } from "./find-files.js";
import type { SuiteSettings } from "./suite-plan.js";

/** The options of `capstan test` as they are typed. */
export interface TestOptions {
  readonly adapter?: string;
  readonly root: string;
  readonly jobs?: string;
  readonly timeout?: string;
  readonly maxTrials?: string;
  readonly maxFailures?: string;
  readonly name?: string;
  readonly class?: string;
  readonly label?: readonly string[];
  readonly report?: string;
  readonly junit?: string;
  readonly local?: boolean;
  readonly orLocal?: boolean;
}

export interface TestSettings extends SuiteSettings {
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
  const root = resolve(io.cwd, options.root);
  const count = (text: string | undefined, option: string, max?: number): number | undefined =>
    text === undefined ? undefined : parseCount(text, option, max === undefined ? {} : { max });
  const settings = {
    name: options.name,
    root,
    jobs: count(options.jobs, "--jobs"),
    maxFailures: count(options.maxFailures, "--max-failures"),
    maxTrials: count(options.maxTrials, "--max-trials", 1_000),
    timeoutMs: options.timeout === undefined ? undefined : parseDuration(options.timeout, "--timeout"),
    labels: options.label,
  };
  const adapter = await findAdapter(root, options.adapter);
  const wanted = patterns.length === 0 ? adapter.patterns : patterns;
  const files = await findFiles(root, wanted);
  if (files.length === 0)
    throw new CapstanError("invalid-config", `no file in ${root} fits ${wanted.join(" ")}: give other patterns`);
  return { ...settings, class: options.class ?? options.name ?? adapter.name, adapter, files };
}
