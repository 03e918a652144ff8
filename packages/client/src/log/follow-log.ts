import { CapstanError } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { readStream } from "../connection/read-stream.js";
import { resumed } from "../connection/resume.js";
import { completeLength } from "./utf8.js";

export type LogStream = "stdout" | "stderr";

export interface LogOptions {
  /** Default: `stdout`. */
  readonly stream?: LogStream | undefined;
  /** Stay until the trial has ended; default false: what there is now. */
  readonly follow?: boolean | undefined;
  /** The byte to begin at; default 0. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A piece of a trial's output, of whole characters. */
export interface LogChunk {
  readonly offset: number;
  readonly text: string;
  /** Where the next piece begins: an `offset` to go on from. */
  readonly nextOffset: number;
}

/** While it follows, a trial may be silent for hours; a connection that died is found by asking anew where it stood. */
const idleMs = 60_000;

/** The output of a trial, piece by piece, resumed where it stood when the connection breaks. */
export async function* followLog(
  connection: Connection,
  trial: string,
  options: LogOptions = {},
): AsyncGenerator<LogChunk, void, undefined> {
  let offset = options.offset ?? 0;
  const open = (onOpen: () => void): AsyncIterable<LogChunk> =>
    readLog(connection, trial, { ...options, offset, onOpen });
  for await (const chunk of resumed(connection, open, { isEndless: false, signal: options.signal })) {
    offset = chunk.nextOffset;
    yield chunk;
  }
}

async function* readLog(
  connection: Connection,
  trial: string,
  {
    stream = "stdout",
    follow = false,
    offset: start = 0,
    signal,
    onOpen,
  }: LogOptions & { readonly onOpen: () => void },
): AsyncGenerator<LogChunk, void, undefined> {
  const route = stream === "stdout" ? "readStdout" : "readStderr";
  const query = { offset: start, follow: follow || undefined };
  const answer = await connection.open(route, {
    parameters: { trial },
    query,
    headers: { accept: "text/plain" },
    signal,
  });
  onOpen();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let offset = start;
  let rest: Uint8Array = new Uint8Array();
  for await (const bytes of readStream(answer, { clock: connection.settings.clock, idleMs })) {
    const all = concat(rest, bytes);
    const length = completeLength(all);
    rest = all.slice(length);
    if (length === 0) continue;
    const chunk = { offset, text: decoder.decode(all.subarray(0, length)), nextOffset: offset + length };
    offset = chunk.nextOffset;
    yield chunk;
  }
  // A task may end in the middle of a character.
  if (rest.length > 0) yield { offset, text: decoder.decode(rest), nextOffset: offset + rest.length };
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}

/** The whole output of a trial as one text. */
export async function logText(connection: Connection, trial: string, options: LogOptions = {}): Promise<string> {
  if (options.follow === true) {
    throw new CapstanError("invalid-request", "a log that is followed comes in pieces: use logs()");
  }
  let text = "";
  for await (const chunk of followLog(connection, trial, options)) text += chunk.text;
  return text;
}
