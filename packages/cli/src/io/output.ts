import type { Io, Sink } from "./io.js";
import { styleFor, type Style } from "./style.js";

/** What a command prints: text for people and pipes, or JSON lines. A reader that has left is no error. */
export class Output {
  readonly isJson: boolean;
  readonly style: Style;
  readonly errorStyle: Style;
  readonly #io: Io;
  readonly #closing = new AbortController();
  #isErrorClosed = false;

  constructor(io: Io, isJson: boolean) {
    this.#io = io;
    this.isJson = isJson;
    this.style = styleFor(io.stdout, io.env);
    this.errorStyle = styleFor(io.stderr, io.env);
    io.stdout.on("error", () => this.#closing.abort());
    io.stderr.on("error", () => (this.#isErrorClosed = true));
  }

  /** Whether people look at it: tables and live progress instead of plain lines. */
  get isTerminal(): boolean {
    return this.#io.stdout.isTTY === true && !this.isJson;
  }

  get columns(): number {
    return this.#io.stdout.columns ?? 80;
  }

  get rows(): number {
    return this.#io.stdout.rows ?? 24;
  }

  /** Aborted when nobody reads any more, as behind `| head`. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Prints a line. */
  line(text = ""): void {
    this.raw(`${text}\n`);
  }

  lines(list: readonly string[]): void {
    if (list.length > 0) this.raw(`${list.join("\n")}\n`);
  }

  raw(text: string): void {
    if (!this.closed.aborted) this.#io.stdout.write(text);
  }

  /** Prints, and waits while the reader is slower than the writer. */
  async flow(text: string): Promise<void> {
    if (this.closed.aborted || this.#io.stdout.write(text)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.closed.removeEventListener("abort", go);
        resolve();
      };
      this.#io.stdout.once("drain", go);
      this.closed.addEventListener("abort", go, { once: true });
    });
  }

  /** One value as one line of JSON. */
  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** A remark for people beside the result; goes to stderr, so that pipes get the result alone. */
  note(text: string): void {
    if (!this.isJson) this.error(text);
  }

  error(text: string): void {
    if (!this.#isErrorClosed) this.#io.stderr.write(`${text}\n`);
  }

  /** Resolves when all that was printed has left the process. */
  async flush(): Promise<void> {
    await Promise.all([flushed(this.#io.stdout, this.closed.aborted), flushed(this.#io.stderr, this.#isErrorClosed)]);
  }
}

function flushed(sink: Sink, isClosed: boolean): Promise<void> {
  if (isClosed) return Promise.resolve();
  return new Promise((resolve) => {
    sink.once("close", resolve);
    sink.write("", () => resolve());
  });
}
