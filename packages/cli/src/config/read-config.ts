import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CapstanError, makeCheck, type Misfit } from "@capstan/protocol";
import { fieldOf } from "../io/field.js";
import { readText } from "../io/read.js";
import { parseDuration } from "../option/duration.js";
import { configSchema } from "./config-schema.js";
import type { Config, SuiteConfig } from "./config.js";

export const configNames = ["ts", "mts", "js", "mjs", "json"].map((ending) => `capstan.config.${ending}`);

/** A configuration and where it is from. */
export interface ReadConfig {
  readonly config: Config;
  /** As it is shown to people. */
  readonly path: string;
  /** Paths in it are taken from here. */
  readonly folder: string;
}

/**
 * The configuration in a file, or the one in a folder; undefined when the folder has none.
 * @throws CapstanError `invalid-config` naming file and field of what is wrong.
 */
export async function readConfig(folder: string, file: string | undefined): Promise<ReadConfig | undefined> {
  const path = file === undefined ? await findConfig(folder) : resolve(folder, file);
  if (path === undefined) return undefined;
  const shown = file ?? basename(path);
  return { config: checkConfig(await load(path, shown), shown), path: shown, folder: dirname(path) };
}

/** The first in the order of names: what a compiler writes beside a TypeScript file is not asked. */
async function findConfig(folder: string): Promise<string | undefined> {
  const names = new Set(await readdir(folder).catch(() => []));
  const name = configNames.find((each) => names.has(each));
  return name === undefined ? undefined : join(folder, name);
}

async function load(path: string, shown: string): Promise<unknown> {
  const text = await readText(path, "the configuration");
  if (!path.endsWith(".json")) {
    const { loadModule } = await import("./load-module.js");
    return loadModule(path, shown);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CapstanError("invalid-config", `${shown} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

const check = makeCheck(configSchema as Parameters<typeof makeCheck>[0], "the configuration", "invalid-config");

/** Checks what a file says. @throws CapstanError `invalid-config` naming file and field. */
export function checkConfig(value: unknown, path: string): Config {
  if (value === undefined)
    throw new CapstanError("invalid-config", `${path} exports nothing: write \`export default defineConfig({ … })\``);
  try {
    check(value);
  } catch (thrown) {
    throw named(thrown, path);
  }
  const config = value as Config;
  const { suites = {}, ...all } = config.test ?? {};
  checkDurations(all, `${path}: test`);
  for (const [name, suite] of Object.entries(suites)) checkDurations(suite, `${path}: test.suites.${name}`);
  return config;
}

function checkDurations({ timeout, hooks }: SuiteConfig, at: string): void {
  if (timeout !== undefined) parseDuration(timeout, `${at}.timeout`);
  if (hooks?.timeout !== undefined) parseDuration(hooks.timeout, `${at}.hooks.timeout`);
}

function named(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof CapstanError)) return thrown;
  const misfits = (thrown.details?.["misfits"] ?? []) as readonly Misfit[];
  const told = misfits.map(({ at, message }) => {
    const field = fieldOf(at);
    return { at: field === "" ? path : `${path}: ${field}`, message };
  });
  const [first] = told;
  if (first === undefined) return thrown;
  return new CapstanError("invalid-config", `${first.at}: ${first.message}`, { details: { misfits: told } });
}
