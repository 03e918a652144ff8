import { CapstanError, resultForms, type FileCommand, type ResultForm } from "@capstan/protocol";
import { parseWord } from "../option/word.js";
import { lineFor, pathFor } from "../run/template.js";

/** The options of a suite that a command runs, as they are typed. */
export interface CommandOptions {
  readonly adapter?: string;
  readonly command?: string;
  readonly results?: string;
}

/**
 * What runs each file; undefined when a framework's adapter does.
 * @throws CapstanError `invalid-config` when the options do not go together.
 */
export function readFileCommands(
  patterns: readonly string[],
  { adapter, command, results }: CommandOptions,
): ((file: string) => FileCommand) | undefined {
  if (command === undefined) {
    if (results !== undefined) refuse("--results says where those of a command come from: give --command too");
    return undefined;
  }
  if (adapter !== undefined) refuse("--adapter and --command exclude each other: give one");
  if (command.trim() === "") refuse("--command is empty: give a line for the shell, such as 'prove {}'");
  if (patterns.length === 0) refuse("--command does not know the files: give paths or patterns of them");
  const { form, path } = parseResults(results ?? "exit-code");
  return (file) => ({
    line: lineFor(command, file),
    results: { form, ...(path !== undefined && { path: pathFor(path, file) }) },
  });
}

function parseResults(text: string): { form: ResultForm; path?: string } {
  const [word = "", ...rest] = text.split(":");
  const form = parseWord(word, "--results", resultForms);
  if (rest.length === 0) return { form };
  const path = rest.join(":");
  if (form !== "junit" || path === "")
    refuse("--results takes a path behind junit: alone, such as junit:reports/{/.}.xml");
  return { form, path };
}

function refuse(message: string): never {
  throw new CapstanError("invalid-config", message);
}
