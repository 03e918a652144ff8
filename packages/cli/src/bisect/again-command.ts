import { shellQuote } from "../render/text.js";

/** What was typed, as far as it says how files run. */
export type TypedOptions = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

const told = [
  "adapter",
  "root",
  "suite",
  "config",
  "example",
  "times",
  "workspace",
  "include",
  "exclude",
  "setup",
  "cleanUp",
  "beforeAll",
  "afterAll",
  "hookTimeout",
  "env",
  "label",
  "local",
  "orLocal",
];

/** The command that checks once more that the file passes alone and fails after others. */
export function againCommand(file: string, culprits: readonly string[], typed: TypedOptions): string {
  const words = culprits.flatMap((culprit) => ["--after", culprit]);
  for (const name of told) {
    const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const value = typed[name];
    if (value === true) words.push(option);
    else if (typeof value === "object") words.push(...value.flatMap((each) => [option, each]));
    else if (value !== undefined && value !== false && !(name === "times" && value === "1"))
      words.push(option, String(value));
  }
  return ["capstan bisect", ...[file, ...words].map(shellQuote)].join(" ");
}
