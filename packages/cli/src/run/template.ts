import { basename, dirname, extname } from "node:path";
import { shellQuote } from "../render/text.js";

/** A command of a task: a line for `sh -c`, or a program and its arguments. */
export type CommandText = string | readonly string[];

const placeholder = /\{(?:|\.|\/|\/\/|\/\.)\}/g;

const parts: Readonly<Record<string, (item: string) => string>> = {
  "{}": (item) => item,
  "{.}": withoutExtension,
  "{/}": (item) => basename(item),
  "{//}": (item) => dirname(item),
  "{/.}": (item) => withoutExtension(basename(item)),
};

export const placeholderHelp =
  "Placeholders: {} the item · {.} without its extension · {/} its file name · {//} its folder · {/.} file name without extension";

/**
 * The command for an item. One word with spaces is a line for the shell, where items are put in quoted; several words
 * are a program and its arguments. A command without a placeholder gets the item as its last argument; without a command
 * the item itself is the line.
 */
export function commandFor(template: CommandText, item: string | undefined): CommandText {
  if (typeof template === "string") return lineFor(template, item);
  const [first] = template;
  if (first === undefined) return item ?? "";
  if (template.length === 1 && isShellLine(first)) return lineFor(first, item);
  if (item === undefined) return template;
  const words = template.map((word) => fill(word, item, (text) => text));
  return template.some(hasPlaceholder) ? words : [...words, item];
}

/** Whether a word alone can only be meant for a shell. */
function isShellLine(word: string): boolean {
  return /[\s;&|<>$`"'()*?]/.test(word.replace(placeholder, ""));
}

/** A path with the placeholders of a command. */
export function pathFor(template: string, item: string): string {
  return fill(template, item, (text) => text);
}

/** The line for the shell that runs an item. */
export function lineFor(line: string, item: string | undefined): string {
  if (item === undefined) return line;
  return hasPlaceholder(line) ? fill(line, item, shellQuote) : `${line} ${shellQuote(item)}`;
}

export function hasPlaceholder(text: string): boolean {
  return text.search(placeholder) >= 0;
}

function fill(text: string, item: string, quote: (text: string) => string): string {
  return text.replace(placeholder, (found) => quote(parts[found]!(item)));
}

function withoutExtension(path: string): string {
  const extension = extname(path);
  return extension === "" ? path : path.slice(0, -extension.length);
}
