import type { Capstan, LogStream } from "@capstan/client";

/** The end of an output. */
export interface Tail {
  readonly lines: readonly string[];
  /** Lines before them. */
  readonly linesBefore: number;
}

const linesMax = 40;
const charactersMax = 16 * 1024;
export const noTail: Tail = { lines: [], linesBefore: 0 };

/** The last lines that a trial wrote; none where its output is no longer kept. */
export async function readTail(client: Capstan, trial: string | undefined, stream: LogStream): Promise<Tail> {
  if (trial === undefined) return noTail;
  const tail = new TailBuffer();
  try {
    for await (const { text } of client.logs(trial, { stream })) tail.push(text);
  } catch (error) {
    const { CapstanError } = await import("@capstan/protocol");
    if (error instanceof CapstanError && error.code === "not-found") return noTail;
    throw error;
  }
  return tail.end();
}

/** Keeps the last lines of a text that comes in pieces, and counts those that it lets go. */
export class TailBuffer {
  #text = "";
  #linesBefore = 0;

  push(text: string): void {
    this.#text += text;
    // Cut seldom: each cut walks over all that is kept.
    if (this.#text.length > 4 * charactersMax) this.#drop(this.#text.length - charactersMax);
  }

  end(): Tail {
    if (this.#text.length > charactersMax) this.#drop(this.#text.length - charactersMax);
    const lines = this.#text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const over = Math.max(0, lines.length - linesMax);
    return { lines: lines.slice(over), linesBefore: this.#linesBefore + over };
  }

  /** Lets go at least so many characters, up to the end of a line where there is one. */
  #drop(characters: number): void {
    const end = this.#text.indexOf("\n", characters - 1) + 1 || characters;
    for (let at = this.#text.indexOf("\n"); at >= 0 && at < end; at = this.#text.indexOf("\n", at + 1))
      this.#linesBefore += 1;
    this.#text = this.#text.slice(end);
  }
}
