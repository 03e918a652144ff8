import type { Example } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { oneLine, safeLine } from "./control.js";
import { counted } from "./text.js";

const examplesMax = 20;
const messageLinesMax = 15;

/** Examples that failed: where each is and what it says, indented; those beyond the first twenty are counted. */
export function exampleLines(examples: readonly Example[], look: Pick<Output, "style">): string[] {
  const lines = examples.slice(0, examplesMax).flatMap((example) => linesOf(example, look));
  const hidden = examples.length - examplesMax;
  return hidden > 0 ? [...lines, look.style.dim(`    … and ${counted(hidden, "more failed example")}`)] : lines;
}

/** Examples that failed and are muted, by name and the first line of what they say. */
export function mutedExampleLines(examples: readonly Example[], { style }: Pick<Output, "style">): string[] {
  const lines = examples.slice(0, examplesMax).map(({ name, message }) => {
    const said = message === undefined ? "" : `: ${oneLine(message.trim().split("\n", 1)[0]!)}`;
    return `    ${style.yellow("×")} ${oneLine(name)} ${style.yellow("muted")}${style.dim(said)}`;
  });
  const hidden = examples.length - examplesMax;
  return hidden > 0 ? [...lines, style.dim(`    … and ${counted(hidden, "more muted example")}`)] : lines;
}

function linesOf({ name, message, file, line }: Example, { style }: Pick<Output, "style">): string[] {
  const place = file === undefined ? "" : style.dim(` (${oneLine(file)}${line === undefined ? "" : `:${line}`})`);
  const said = message === undefined ? [] : message.trimEnd().split("\n");
  const shown = said.slice(0, messageLinesMax).map((text) => `      ${safeLine(text, style.isColorSupported)}`);
  const isCut = said.length > messageLinesMax;
  return [`    ${style.red("×")} ${oneLine(name)}${place}`, ...shown, ...(isCut ? [style.dim("      …")] : [])];
}
