import { expect, test } from "vitest";
import { wrongCommandInput } from "./command-input.js";

test("what is wrong with an input is told in a sentence, however long its fields are called", () => {
  expect(wrongCommandInput({ command: "true" })).toBeUndefined();
  expect(wrongCommandInput({ command: "true", ["x".repeat(100_000)]: 1 })).toMatch(
    /^the input of a command has no field .{10,300}$/,
  );
});
