import { CapstanError, excerpt, type EventView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { readStream } from "../connection/read-stream.js";
import { resumed } from "../connection/resume.js";
import { SseParser, type SseMessage } from "./sse-parser.js";

/** Which events, and from where on. */
export interface EventOptions {
  /** The cursor of the last event that was seen; default: from now on. */
  readonly after?: string | undefined;
  /** Beginnings of types, for example `task.` or `worker.lost`; default: all. */
  readonly types?: readonly string[] | undefined;
  readonly taskset?: string | undefined;
  readonly task?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventHooks {
  /** Called whenever the stream stands, with whether events since it stood last may have been missed. */
  readonly onOpen?: (hasGap: boolean) => void;
}

/** Streams send a sign of life more often than this; one that does not is opened anew where it stood. */
const idleMs = 60_000;

/**
 * Every change of state, as it is committed. A stream that breaks is resumed after the last event, for as long as the
 * engine is back within five minutes.
 * @throws CapstanError `cursor-expired` when the events after the cursor are no longer kept; `unreachable`.
 */
export async function* followEvents(
  connection: Connection,
  options: EventOptions = {},
  hooks: EventHooks = {},
): AsyncGenerator<EventView, void, undefined> {
  let cursor = options.after;
  let isFirst = true;
  const open = (onOpen: () => void): AsyncIterable<SseMessage> =>
    readMessages(connection, { ...options, after: cursor }, () => {
      onOpen();
      hooks.onOpen?.(!isFirst && cursor === undefined);
      isFirst = false;
    });
  for await (const message of resumed(connection, open, { isEndless: true, signal: options.signal })) {
    cursor = message.id ?? cursor;
    if (message.data !== undefined) yield eventOf(message);
  }
}

async function* readMessages(
  connection: Connection,
  { after, types, taskset, task, signal }: EventOptions,
  onOpen: () => void,
): AsyncGenerator<SseMessage, void, undefined> {
  const query = { after, taskset, task, types: types?.join(",") };
  const headers = { accept: "text/event-stream", ...(after === undefined ? {} : { "last-event-id": after }) };
  const answer = await connection.open("followEvents", { query, headers, signal });
  onOpen();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  for await (const chunk of readStream(answer, { clock: connection.settings.clock, idleMs })) {
    yield* parser.push(decoder.decode(chunk, { stream: true }));
  }
}

/** @throws CapstanError the error that the engine ends a stream with. */
function eventOf({ event, data = "" }: SseMessage): EventView {
  const body = parse(data);
  if (event === "problem") throw CapstanError.fromProblem(body);
  return body as EventView;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    const remedy = "check that the address is an engine's";
    throw new CapstanError("internal", `an event is no JSON (${excerpt(data, 60)}): ${remedy}`, { cause });
  }
}
