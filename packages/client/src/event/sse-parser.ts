/** One block of a stream of server-sent events; without data it only moves the cursor. */
export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string | undefined;
}

/** Takes server-sent events apart, whatever pieces they come in (HTML Standard, section 9.2.6). */
export class SseParser {
  /** A line that has not ended, in the pieces that it came in: a long one is not put together again for each. */
  #pieces: string[] = [];
  /** A carriage return at the end may be half of a line break, so it stays until the next piece. */
  #isCarriageReturned = false;
  #id: string | undefined;
  #event = "";
  #data: string[] = [];

  /** The messages that this text completes. */
  push(text: string): SseMessage[] {
    this.#pieces.push(text);
    if (!this.#isCarriageReturned && !/[\r\n]/.test(text)) return [];
    const messages: SseMessage[] = [];
    const lines = this.#pieces.join("").split(/\r\n|\n|\r(?!$)/);
    const rest = lines.pop() ?? "";
    this.#pieces = [rest];
    this.#isCarriageReturned = rest.endsWith("\r");
    for (const line of lines) {
      const message = line === "" ? this.#finish() : this.#take(line);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  #take(line: string): undefined {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
  }

  #finish(): SseMessage | undefined {
    const [id, event, data] = [this.#id, this.#event || "message", this.#data];
    this.#id = undefined;
    this.#event = "";
    this.#data = [];
    if (id === undefined && data.length === 0) return undefined;
    return { id, event, data: data.length === 0 ? undefined : data.join("\n") };
  }
}
