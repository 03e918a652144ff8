import type { Command } from "commander";
import type { Context } from "../context.js";

/** Gives a verb its arguments, options, help and action. */
export type DefineVerb = (command: Command, context: Context) => void;

/** A verb as the list of verbs knows it; its code is loaded when it is called. */
export interface VerbEntry {
  readonly name: string;
  readonly alias?: string;
  readonly group: string;
  readonly summary: string;
  readonly load: () => Promise<DefineVerb>;
}

/** The examples under the help of a verb: what is typed, and what it does. */
export function examples(list: readonly (readonly [command: string, meaning: string])[]): string {
  const lines = list.map(([command, meaning]) => `  # ${meaning}\n  $ capstan ${command}`);
  return `\nExamples:\n${lines.join("\n")}`;
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
