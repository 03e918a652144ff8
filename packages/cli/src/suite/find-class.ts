import { resolve } from "node:path";
import { commandAdapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import { readConfig } from "../config/read-config.js";
import { withConfig } from "./config-options.js";
import { findAdapter } from "./find-adapter.js";
import type { TestOptions } from "./test-settings.js";

/** Options that name a suite, as `capstan test` takes them. */
export type ClassOptions = Pick<TestOptions, "class" | "suite" | "config">;

/** The class of the suite that `capstan test` would run here. @throws CapstanError `invalid-config` when there is none. */
export async function findClass(cwd: string, typed: ClassOptions): Promise<string> {
  if (typed.class !== undefined) return typed.class;
  const { options } = withConfig({ patterns: [], options: typed }, await readConfig(cwd, typed.config));
  const said = options.class ?? options.name;
  if (said !== undefined) return said;
  if (options.command !== undefined) return commandAdapter.name;
  const adapter = await findAdapter(resolve(cwd, options.root ?? "."), options.adapter).catch((cause: unknown) => {
    if (!(cause instanceof CapstanError)) throw cause;
    throw new CapstanError(
      "invalid-config",
      "whose test it is cannot be told here: name the suite's class by --class, or go where `capstan test` runs it",
      { cause },
    );
  });
  return adapter.name;
}
