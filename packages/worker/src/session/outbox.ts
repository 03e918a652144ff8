import type { WorkerMessage } from "@capstan/protocol";

/** A frame stays well under the limits that an engine sets, whatever the encoding makes of its characters. */
const frameCharactersMax = 4 * 1024 * 1024;
const frameMessagesMax = 5_000;

/** Messages that leave together at the end of the turn, already as JSON text. */
export class Outbox {
  #texts: string[] = [];
  #characters = 0;

  get size(): number {
    return this.#texts.length;
  }

  /** Characters that wait to leave. */
  get characters(): number {
    return this.#characters;
  }

  push(message: WorkerMessage): void {
    this.pushText(JSON.stringify(message));
  }

  /** Adds a message that was made into JSON before. */
  pushText(text: string): void {
    this.#texts.push(text);
    this.#characters += text.length;
  }

  clear(): void {
    this.#texts = [];
    this.#characters = 0;
  }

  /** Takes everything out, as few frames as the limits allow. */
  takeFrames(): string[] {
    const texts = this.#texts;
    const isSmall = this.#characters <= frameCharactersMax && texts.length <= frameMessagesMax;
    this.clear();
    if (texts.length === 0) return [];
    return isSmall ? [`[${texts.join(",")}]`] : splitFrames(texts);
  }
}

function splitFrames(texts: readonly string[]): string[] {
  const frames: string[] = [];
  let part: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (part.length > 0 && (characters + text.length > frameCharactersMax || part.length === frameMessagesMax)) {
      frames.push(`[${part.join(",")}]`);
      part = [];
      characters = 0;
    }
    part.push(text);
    characters += text.length;
  }
  frames.push(`[${part.join(",")}]`);
  return frames;
}
