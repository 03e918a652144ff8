import { shellQuote } from "../render/text.js";

/** What was typed. */
export type TypedOptions = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What says where culprits are looked for, and how fast. All else says how files run, and is said again. */
const searchOnly: ReadonlySet<string> = new Set(["after", "name", "jobs"]);

/** The command that checks once more that the file passes alone and fails after others. */
export function againCommand(file: string, culprits: readonly string[], typed: TypedOptions): string {
  const words = culprits.flatMap((culprit) => ["--after", culprit]);
  for (const [name, value] of Object.entries(typed)) {
    if (searchOnly.has(name) || (name === "times" && value === "1")) continue;
    const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) words.push(option);
    else if (typeof value === "object") words.push(...value.flatMap((each) => [option, each]));
    else if (value !== undefined && value !== false) words.push(option, String(value));
  }
  return ["capstan bisect", ...[file, ...words].map(shellQuote)].join(" ");
}
