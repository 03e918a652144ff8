import { readFileSync } from "node:fs";
import { Command } from "commander";
import { verbs } from "./command/registry.js";
import type { VerbEntry } from "./command/verb.js";
import type { Context } from "./context.js";
import { exitCodeHelp } from "./exit-code.js";
import { globalOptions } from "./hoist.js";
import type { Io } from "./io/io.js";
import { styleFor } from "./io/style.js";

/** The program with all verbs, of which only the one that is called has its options: the others stay unloaded. */
export async function makeProgram(verb: string | undefined, context: Context): Promise<Command> {
  const program = new Command("capstan")
    .description("Runs tasks on many machines and gives each one final verdict.")
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [verb]", "show the help of a verb")
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText("after", `\n${exitCodeHelp}\n`);
  for (const { flag, value, description } of globalOptions) {
    program.option(value === undefined ? flag : `${flag} <${value}>`, description);
  }
  styleHelp(program, context.io);
  for (const entry of verbs) await addVerb(program, context, { entry, isCalled: entry.name === verb });
  return program;
}

async function addVerb(
  program: Command,
  context: Context,
  { entry, isCalled }: { entry: VerbEntry; isCalled: boolean },
): Promise<void> {
  const command = program
    .command(entry.name)
    .summary(entry.summary)
    .description(capitalise(entry.summary))
    .helpGroup(entry.group);
  if (isCalled) {
    (await entry.load())(command, context);
    command.addHelpText("after", `\n${exitCodeHelp}\n`);
  }
}

function styleHelp(program: Command, io: Io): void {
  const style = styleFor(io.stdout, io.env);
  program.configureHelp({
    showGlobalOptions: true,
    styleTitle: (text) => style.bold(text),
    styleCommandText: (text) => style.cyan(text),
    styleSubcommandText: (text) => style.cyan(text),
    styleOptionText: (text) => style.cyan(text),
  });
  program.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    // Errors are printed where all errors are.
    outputError: () => {},
    getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 120),
    getErrHelpWidth: () => Math.min(io.stderr.columns ?? 100, 120),
    getOutHasColors: () => style.isColorSupported,
    getErrHasColors: () => style.isColorSupported,
  });
}

function capitalise(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function readVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
