import type { Example } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { fileResult } from "./outcome.js";

const example = (name: string, status: Example["status"]): Example => ({
  id: `${name}.id`,
  name,
  status,
  durationMs: 1,
});
const examples = [example("adds", "failed"), example("holds", "passed")];

describe("the result of a file", () => {
  test("does not fail of muted examples, and tells those that passed as passed", () => {
    const result = fileResult({ examples, failures: [] }, { durationMs: 1, muted: ["adds", "holds"] });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 1, failed: 0, skipped: 1 } });
    expect(result.output.examples.map(({ status }) => status)).toEqual(["muted", "passed"]);
    expect(result.error).toBeUndefined();
  });

  test("is skipped when nothing passed and all that failed is muted", () => {
    const outcome = { examples: examples.slice(0, 1), failures: [] };
    expect(fileResult(outcome, { durationMs: 1, muted: ["adds.id"] }).status).toBe("skipped");
  });

  test("fails of what is not muted, and of what no example tells", () => {
    const more = { examples: [...examples, example("breaks", "failed")], failures: [] };
    expect(fileResult(more, { durationMs: 1, muted: ["adds"] })).toMatchObject({
      status: "failed",
      counts: { failed: 1, skipped: 1 },
      error: { message: "1 of 3 examples failed: breaks" },
    });
    const outside = { examples, failures: [{ message: "a hook failed" }] };
    expect(fileResult(outside, { durationMs: 1, muted: ["adds"] })).toMatchObject({
      status: "failed",
      error: { message: "a hook failed" },
    });
  });
});
