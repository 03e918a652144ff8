import { isDeepStrictEqual } from "node:util";
import { decodeEngineFrame, workerPath, type Connection, type EngineMessage } from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { WsTransport } from "@capstan/worker";
import type { Entry, Recording } from "./recording.js";
import type { Stage } from "./stage.js";

interface Line {
  readonly connection: Connection;
  readonly received: Recorder<EngineMessage>;
  readonly taken: Set<EngineMessage>;
}

/**
 * Speaks a recorded worker's part to a fresh engine. Ids, tokens and secrets of the recording are put in terms of this engine, as its
 * own messages tell them. Says where the engine's part was not of the recorded kind.
 */
export class Replay {
  readonly differences: string[] = [];
  readonly #stage: Stage;
  readonly #lines = new Map<number, Line>();
  /** What the recording calls something → what this engine calls it. */
  readonly #names = new Map<string, string>();
  readonly #offers = new Map<number, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async run({ entries }: Recording): Promise<void> {
    for (const entry of entries) await this.#play(entry);
    for (const line of this.#lines.values()) line.connection.close();
  }

  /** Messages that the engine sent beside those of the recording. */
  get surplus(): EngineMessage[] {
    return [...this.#lines.values()].flatMap(({ received, taken }) =>
      received.items.filter((item) => !taken.has(item)),
    );
  }

  async #play(entry: Entry): Promise<void> {
    if ("act" in entry) return this.#stage.act(entry.act);
    const line = await this.#line(entry.connection);
    if ("worker" in entry) line.connection.send(this.#translate(JSON.stringify(entry.worker)));
    else if ("isClosed" in entry) line.connection.close();
    else for (const message of entry.engine) await this.#compare(message, line);
  }

  async #line(number: number): Promise<Line> {
    const known = this.#lines.get(number);
    if (known !== undefined) return known;
    const url = this.#stage.running.url!.replace("http", "ws") + workerPath();
    const connection = await new WsTransport().connect(url, {});
    const line: Line = { connection, received: new Recorder(), taken: new Set() };
    connection.onFrame = (frame) => {
      for (const message of decodeEngineFrame(frame)) line.received.add(message);
    };
    this.#lines.set(number, line);
    return line;
  }

  async #compare(recorded: EngineMessage, { received, taken }: Line): Promise<void> {
    const message = await received.waitFor((item) => item.type === recorded.type && !taken.has(item));
    taken.add(message);
    this.#learn(recorded, message);
    if (!isDeepStrictEqual(kindOf(message), kindOf(recorded)))
      this.differences.push(`${JSON.stringify(recorded)} became ${JSON.stringify(message)}`);
  }

  #learn(recorded: unknown, fresh: unknown): void {
    if (typeof recorded === "string" && typeof fresh === "string") {
      const [old, now] = [idBody(recorded), idBody(fresh)];
      if (old !== now) this.#names.set(old, now);
    }
    if (typeof recorded !== "object" || recorded === null || typeof fresh !== "object" || fresh === null) return;
    for (const [key, value] of Object.entries(recorded)) {
      const other = (fresh as Record<string, unknown>)[key];
      if (key === "offer") this.#offers.set(value as number, other as number);
      else this.#learn(value, other);
    }
  }

  #translate(text: string): string {
    let translated = text;
    for (const [old, now] of this.#names) translated = translated.replaceAll(old, now);
    return translated.replaceAll(/"offer":(\d+)/g, (_, number: string) => {
      return `"offer":${this.#offers.get(Number(number)) ?? number}`;
    });
  }
}

/** The part of an id that all ids of one task share; any other text as it is. */
function idBody(text: string): string {
  return /^(?:task|trial|set|wrk|ses)_([0-9a-z]{22})/.exec(text)?.[1] ?? text;
}

/** Fields whose values are of the protocol, not of the engine that sent them. */
const words = new Set([
  "type",
  "reason",
  "code",
  "isResumed",
  "fate",
  "isSafeToRerun",
  "sequence",
  "definition",
  "limits",
]);

/** A message without what differs from engine to engine: its fields, and those of their values that are words. */
function kindOf(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => kindOf(item));
  if (words.has(key)) return value;
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, kindOf(field, name)]));
}
