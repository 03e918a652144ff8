import { describe, expect, test } from "vitest";
import { LiveRegion } from "./live-region.js";

const escape = "\u001b";
const tokens = new RegExp(`${escape}\\[\\d*[AJK]|\\n|\\r|[^${escape}\\n\\r]+`, "g");
const code = new RegExp(`^${escape}\\[(\\d*)([AJK])$`);

/** A terminal of a few lines that understands what a live region sends. */
class TinyTerminal {
  columns = 20;
  rows = 6;
  readonly lines: string[] = [""];
  writes = 0;
  #row = 0;
  #column = 0;

  raw(text: string): void {
    this.writes += 1;
    for (const [token] of text.matchAll(tokens)) this.#take(token);
  }

  #take(token: string): void {
    const [, count, verb] = code.exec(token) ?? [];
    if (token === "\n") {
      this.#row += 1;
      this.#column = 0;
      this.lines[this.#row] ??= "";
    } else if (token === "\r") this.#column = 0;
    else if (verb === "A") this.#row -= Number(count);
    else if (verb === "K") this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
    else if (verb === "J") {
      this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
      this.lines.length = this.#row + 1;
    } else {
      const line = this.lines[this.#row]!.padEnd(this.#column);
      this.lines[this.#row] = line.slice(0, this.#column) + token + line.slice(this.#column + token.length);
      this.#column += token.length;
    }
  }
}

describe("LiveRegion", () => {
  test("draws in place, and leaves what is printed above", () => {
    const terminal = new TinyTerminal();
    const region = new LiveRegion(terminal);
    region.update(["one", "two, longer"]);
    region.update(["1", "2"]);
    region.print(["a failure"]);
    region.update(["only one"]);
    expect(terminal.lines).toEqual(["a failure", "only one", ""]);
    region.clear();
    expect(terminal.lines).toEqual(["a failure", ""]);
  });

  test("writes nothing when nothing has changed", () => {
    const terminal = new TinyTerminal();
    const region = new LiveRegion(terminal);
    region.update(["same"]);
    region.update(["same"]);
    region.print([]);
    expect(terminal.writes).toBe(1);
  });

  test("never wraps a line nor scrolls, which could not be undone", () => {
    const terminal = new TinyTerminal();
    const region = new LiveRegion(terminal);
    region.update(Array.from({ length: 10 }, (_, at) => `${at} ${"x".repeat(40)}`));
    expect(terminal.lines).toEqual([...Array.from({ length: 5 }, (_, at) => `${at} ${"x".repeat(16)}…`), ""]);
  });
});
