import { expect, test } from "vitest";
import { readOptions } from "./options.js";

const now = new Date(5_000);

test("options have defaults", () => {
  expect(readOptions([], now)).toMatchObject({ seconds: 60, seed: 5, lanes: 1, isGrowing: true, targets: undefined });
});

test("targets are given one by one or together", () => {
  expect(readOptions(["--target", "a,b", "--target", "c"], now).targets).toEqual(["a", "b", "c"]);
});

test.each([["--seconds", "0"], ["--seconds", "1.5"], ["--jobs", "x"], ["--what"]])("%s %s is refused", (...words) => {
  expect(() => readOptions(words, now)).toThrow(expect.objectContaining({ code: "invalid-config" }));
});
