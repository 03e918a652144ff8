import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SseParser, type SseMessage } from "./sse-parser.js";

const parse = (...pieces: string[]): SseMessage[] => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe("SseParser", () => {
  test.each([
    ["id: 7\nevent: task\ndata: {}\n\n", [{ id: "7", event: "task", data: "{}" }]],
    ["data: one\ndata: two\n\n", [{ id: undefined, event: "message", data: "one\ntwo" }]],
    ["data\n\n", [{ id: undefined, event: "message", data: "" }]],
    ["id: 9\n\n", [{ id: "9", event: "message", data: undefined }]],
    [": a comment\nretry: 10\nunknown: x\n\n", []],
    [
      "data:no space\r\n\r\ndata:  two spaces\r\r",
      [
        { id: undefined, event: "message", data: "no space" },
        { id: undefined, event: "message", data: " two spaces" },
      ],
    ],
    ["data: not finished\n", []],
  ])("reads %j", (text, messages) => {
    // The end of a lone carriage return is known only when something follows it.
    expect(parse(text, ":\n")).toEqual(messages);
  });

  test("reads the same whatever pieces the text comes in, and whatever ends its lines", () => {
    const field = fc.constantFrom("id: 1", "event: x", "data: a", "data: b: c", "data:", ": comment", "");
    const lines = fc.array(fc.tuple(field, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 20 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(100)), (parts, cuts) => {
        // A carriage return and a line feed that come together are one end, so an empty line must not hide there.
        const text = `${parts.map(([line, end]) => line + (line === "" ? "\r\n" : end)).join("")}\n\n`;
        const at = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
        const plain = text.replaceAll(/\r\n?/g, "\n");
        expect(parse(...pieces)).toEqual(parse(plain));
      }),
    );
  });
});
