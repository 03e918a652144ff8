/** Longer lines are cut: no test is told of so far behind. */
const lineCharactersMax = 65_536;

/** Cuts what comes in pieces into lines, and holds little however long one is. */
export class BoundedLines {
  readonly #take: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #line = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(bytes: Uint8Array): void {
    const [first = "", ...rest] = this.#decoder.decode(bytes, { stream: true }).split("\n");
    this.#add(first);
    for (const part of rest) {
      this.end();
      this.#add(part);
    }
  }

  /** Gives the last line, which may lack its end. */
  end(): void {
    this.#take(this.#line);
    this.#line = "";
  }

  #add(text: string): void {
    const room = lineCharactersMax - this.#line.length;
    if (room > 0) this.#line += text.slice(0, room);
  }
}
