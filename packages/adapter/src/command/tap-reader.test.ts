import { describe, expect, test } from "vitest";
import type { FileOutcome } from "../channel/outcome.js";
import { TapReader } from "./tap-reader.js";

function read(text: string): FileOutcome {
  const reader = new TapReader();
  for (const line of text.split("\n")) reader.take(line);
  return reader.outcome();
}

const short = ({ examples, failures }: FileOutcome): string[] => [
  ...examples.map(({ name, status, message }) => `${status} ${name}${message === undefined ? "" : `: ${message}`}`),
  ...failures.map(({ name, message }) => `${name}: ${message}`),
];

describe("TAP", () => {
  test.each([
    ["points and a plan", "TAP version 13\n1..2\nok 1 - adds\nnot ok 2 breaks", ["passed adds", "failed breaks"]],
    ["a plan at the end", "ok\nok\n1..2", ["passed test", "passed test"]],
    [
      "directives",
      "1..4\nok 1 - a # SKIP no database\nnot ok 2 - b # ToDo later\nok 3 - c # todo\nok 4 - d \\# skip",
      ["skipped a: no database", "skipped b: later", "passed c: todo", "passed d # skip"],
    ],
    ["a file that is skipped as a whole", "1..0 # SKIP no network", []],
    [
      "subtests before their parent",
      "    ok 1 - adds\n    not ok 2 - carries\n    1..2\nnot ok 1 - sums\nok 2 - rest\n1..2",
      ["passed sums > adds", "failed sums > carries", "passed rest"],
    ],
    [
      "subtests in braces",
      "ok 1 - sums # time=3ms {\n    ok 1 - adds\n    1..1\n}\nok 2 - rest\n1..2",
      ["passed sums > adds", "passed rest"],
    ],
    [
      "a parent that fails though all within it passed",
      "    ok 1 - a\n    1..1\nnot ok 1 - p\n1..1",
      ["passed p > a", "failed p"],
    ],
    [
      "why, in YAML and in comments",
      "not ok 1 - a\n  ---\n  message: boom\n  duration_ms: 12\n  ...\nnot ok 2 - b\n#   got: 1\n1..2",
      ["failed a: message: boom", "failed b:   got: 1"],
    ],
    ["what is printed between", "1..1\nhello\nokay then\nok 1 - a\n# done", ["passed a"]],
    ["too few", "1..3\nok 1 - a", ["passed a", "TapIncomplete: 3 tests were planned, 1 were told of"]],
    ["nothing", "", ["TapIncomplete: the command told of no test in TAP"]],
    ["no plan", "ok 1 - a", ["passed a", "TapIncomplete: the plan is missing"]],
    ["a bail out", "1..2\nok 1 - a\nBail out! no disk", ["passed a", "TapBailedOut: Bail out! no disk"]],
  ])("is read: %s", (_, text, expected) => {
    const outcome = short(read(text));
    expect(outcome.slice(0, expected.length)).toEqual(expected);
    if (!text.includes("Bail")) expect(outcome).toHaveLength(expected.length);
  });

  test("durations are taken", () => {
    const { examples } = read("ok 1 - a # time=12.5ms\nok 2 - b\n  ---\n  duration_ms: 7\n  ...\n1..2");
    expect(examples.map(({ durationMs }) => durationMs)).toEqual([12.5, 7]);
  });

  test("what never ends stays bounded", () => {
    const reader = new TapReader();
    for (let n = 0; n < 100_000; n += 1) reader.take(`not ok ${n}`);
    for (let n = 0; n < 300; n += 1) reader.take(`# ${"x".repeat(60_000)}`);
    reader.take("ok 100001");
    reader.take(`${" ".repeat(4_000)}ok 1 - deep`);
    const { examples, failures } = reader.outcome();
    expect(examples).toHaveLength(100_000);
    expect(examples.at(-1)!.message!.length).toBeLessThanOrEqual(65_536);
    expect(failures[0]).toMatchObject({ name: "TapTooLong" });
  });
});
