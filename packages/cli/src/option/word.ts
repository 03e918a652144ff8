import { CapstanError } from "@capstan/protocol";

/** One of a list of words. @throws CapstanError `invalid-config` naming them. */
export function parseWord<const W extends string>(text: string, option: string, words: readonly W[]): W {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new CapstanError("invalid-config", `${option} is "${text.slice(0, 60)}": it is one of ${words.join(", ")}`);
}
