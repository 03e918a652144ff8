import { CapstanError, excerpt, limits, type MutedTest } from "@capstan/protocol";

const mark = "::";

/** A file, or `FILE::EXAMPLE`. @throws CapstanError `invalid-config` when a side of it is missing or too long. */
export function parseMutedTest(text: string): MutedTest {
  const at = text.indexOf(mark);
  const key = (at < 0 ? text : text.slice(0, at)).replace(/^(\.\/)+/, "");
  const example = at < 0 ? undefined : text.slice(at + mark.length);
  if (key === "" || example === "" || Buffer.byteLength(key) > limits.keyBytesMax)
    refuse(text, "write FILE or FILE::EXAMPLE");
  if (example === undefined) return { key };
  if (example.length > limits.mutedExampleCharactersMax)
    refuse(text, `an example has ${limits.mutedExampleCharactersMax} characters at most: mute the file`);
  return { key, example };
}

function refuse(text: string, remedy: string): never {
  throw new CapstanError("invalid-config", `the test to mute is "${excerpt(text, 60)}": ${remedy}`);
}

/** As it is typed. */
export function mutedTestText({ key, example }: MutedTest): string {
  return example === undefined ? key : `${key}${mark}${example}`;
}
