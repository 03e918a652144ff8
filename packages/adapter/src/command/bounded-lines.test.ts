import { expect, test } from "vitest";
import { BoundedLines } from "./bounded-lines.js";

function linesOf(...pieces: readonly string[]): string[] {
  const found: string[] = [];
  const lines = new BoundedLines((line) => found.push(line));
  for (const piece of pieces) lines.push(Buffer.from(piece, "latin1"));
  lines.end();
  return found;
}

test("lines are cut wherever the pieces end, also within a character", () => {
  const text = Buffer.from("ok 1 - ä\n1..1\nlast").toString("latin1");
  expect(linesOf(text)).toEqual(["ok 1 - ä", "1..1", "last"]);
  expect(linesOf(...text.split(""))).toEqual(linesOf(text));
});

test("a line without an end is held as far as it may tell of a test", () => {
  const endless = Array.from({ length: 100 }, () => "x".repeat(10_000));
  expect(linesOf(...endless, "\nok").map((line) => line.length)).toEqual([65_536, 2]);
});
