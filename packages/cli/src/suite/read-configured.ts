import { readConfig } from "../config/read-config.js";
import type { Context } from "../context.js";
import { withConfig, type ConfiguredTest } from "./config-options.js";

/** What is typed, and what the configuration says beside it. */
export async function readConfigured({ io }: Context, typed: ConfiguredTest): Promise<ConfiguredTest> {
  return withConfig(typed, await readConfig(io.cwd, typed.options.config));
}
