import { CommanderError } from "commander";
import type { Context, GlobalOptions } from "./context.js";
import { exitCodes } from "./exit-code.js";
import { hoist } from "./hoist.js";
import { processIo, type Io } from "./io/io.js";
import { Output } from "./io/output.js";
import { makeProgram } from "./program.js";

/**
 * Runs one command line, without the names of Node and script, and resolves to its exit code. Prints errors itself and
 * never rejects; only a second signal leaves early, through `io.exit`.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const hoisted = hoist(argv);
  const output = new Output(io, hoisted.isJson);
  let options: () => GlobalOptions = () => ({});
  const context: Context = {
    io,
    output,
    exitCode: exitCodes.good,
    get options() {
      return options();
    },
  };
  try {
    const program = await makeProgram(hoisted.verb, context);
    options = () => program.opts();
    await program.parseAsync(hoisted.argv, { from: "user" });
  } catch (error) {
    context.exitCode = error instanceof CommanderError ? showUsage(error, context) : await showError(error, context);
  }
  await output.flush();
  return context.exitCode;
}

/** Help and version are printed by then; a wrong command line is not. */
function showUsage(error: CommanderError, { output }: Context): number {
  if (error.exitCode === 0) return exitCodes.good;
  // Without a verb the help itself is the answer, on stderr.
  if (error.code === "commander.help") return exitCodes.usage;
  const message = error.message.replace(/^error: /, "").replace(/\n+/g, " ");
  const remedy = "`capstan --help` lists the verbs, `capstan VERB --help` shows what one takes";
  if (output.isJson) output.error(JSON.stringify({ code: "usage", title: "Wrong usage", detail: message, remedy }));
  else output.error(`${output.errorStyle.red("error:")} ${message}\n  ${remedy}`);
  return exitCodes.usage;
}

async function showError(error: unknown, context: Context): Promise<number> {
  const { renderError } = await import("./render/error.js");
  return renderError(error, context.output);
}
