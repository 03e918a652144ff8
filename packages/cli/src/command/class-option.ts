import type { Command } from "commander";

/** The options that say whose tests are meant. */
export function addClassOptions(command: Command): Command {
  return command
    .option("--class <name>", "the class of the suite (default: that of the suite that `capstan test` runs here)")
    .option("--suite <name>", "the suite of the configuration whose class is meant")
    .option("--config <file>", "the configuration (default: capstan.config.ts, .js, .mjs or .json of this folder)");
}
