import type { Output } from "../io/output.js";
import { plain } from "./control.js";
import { cut, width } from "./text.js";

/** What a live region needs of a terminal. */
export type Screen = Pick<Output, "raw" | "columns" | "rows">;

const clearLine = "\u001b[K";
const clearBelow = "\u001b[J";

/** Lines at the bottom of a terminal that are drawn anew in place; what is printed appears above them. */
export class LiveRegion {
  readonly #screen: Screen;
  #lines: readonly string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows these lines instead of the last ones. The same lines again write nothing. */
  update(lines: readonly string[]): void {
    const next = this.#fit(lines);
    if (next.length === this.#lines.length && next.every((line, at) => line === this.#lines[at])) return;
    this.#screen.raw(`${this.#home()}${draw(next)}${clearBelow}`);
    this.#lines = next;
  }

  /** Prints lines above the region, where they stay. */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#screen.raw(`${this.#home()}${clearBelow}${lines.join("\n")}\n${draw(this.#lines)}`);
  }

  /** Takes the region away. */
  clear(): void {
    if (this.#lines.length === 0) return;
    this.#screen.raw(`${this.#home()}${clearBelow}`);
    this.#lines = [];
  }

  /** A line that wraps, or one that scrolls out, could not be drawn over. */
  #fit(lines: readonly string[]): string[] {
    const columns = Math.max(1, this.#screen.columns - 1);
    const fitting = lines.map((line) => (width(line) > columns ? cut(plain(line), columns) : line));
    return fitting.slice(0, Math.max(1, this.#screen.rows - 1));
  }

  #home(): string {
    return this.#lines.length === 0 ? "" : `\u001b[${this.#lines.length}A\r`;
  }
}

function draw(lines: readonly string[]): string {
  return lines.map((line) => `${line}${clearLine}\n`).join("");
}
