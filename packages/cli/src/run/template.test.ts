import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandFor } from "./template.js";

describe("commandFor", () => {
  test.each([
    [["node", "--test", "{}"], "a/b.js", ["node", "--test", "a/b.js"]],
    [["node", "--test"], "a/b.js", ["node", "--test", "a/b.js"]],
    [["cp", "{}", "out/{/}"], "in/x.tar.gz", ["cp", "in/x.tar.gz", "out/x.tar.gz"]],
    [["echo", "{.}", "{//}", "{/.}"], "in/x.png", ["echo", "in/x", "in", "x"]],
    [["echo", "{}{}"], "$&", ["echo", "$&$&"]],
    [["make"], undefined, ["make"]],
    [["make"], "all", ["make", "all"]],
    [["npm test"], undefined, "npm test"],
    [["wc -l {} > {.}.txt"], "a b.js", "wc -l 'a b.js' > 'a b'.txt"],
    [["wc -l"], "it's", "wc -l 'it'\\''s'"],
    [[], "echo $HOME", "echo $HOME"],
  ] as const)("%j with %j is %j", (template, item, expected) => {
    expect(commandFor(template, item)).toEqual(expected);
  });

  test("whatever an item holds, the shell gives it to the program as it is", () => {
    const item = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((text) => !/\0/.test(text));
    fc.assert(
      fc.property(item, (text) => {
        const line = commandFor(["printf %s {}"], text) as string;
        expect(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" })).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});
