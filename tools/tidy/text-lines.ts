import type { Finding } from "./finding.js";

/** One finding for each line of a text that matches; `message` is given what matched. */
export function matchingLines(
  { path, text }: { readonly path: string; readonly text: string },
  pattern: RegExp,
  message: (matched: string) => string,
): Finding[] {
  return text.split("\n").flatMap((content, index) => {
    const matched = pattern.exec(content)?.[0];
    return matched === undefined ? [] : [{ path, line: index + 1, message: message(matched) }];
  });
}
