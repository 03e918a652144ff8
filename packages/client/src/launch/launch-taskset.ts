import { limits, type TasksetHeader, type TasksetLaunched } from "@capstan/protocol";
import { jsonBody, type Body, type Connection } from "../connection/connection.js";
import { retry } from "../connection/retry.js";
import { BodyError } from "../connection/try-guard.js";
import { automaticKeyMs } from "./idempotency.js";
import { nameOf, type TaskLike, type TasksetEntry } from "./launch-options.js";
import { canRestart, lineSource, type LineSource } from "./line-source.js";
import { lineStream } from "./line-stream.js";
import { toJson } from "./wire.js";

/** A taskset to launch. `task` is what its entries run, unless they say so themselves. */
export type TasksetOptions<Input = unknown> = {
  readonly [K in keyof Omit<TasksetHeader, "definition">]?: TasksetHeader[K] | undefined;
} & {
  readonly task?: TaskLike<Input> | undefined;
  /** Any number of tasks; read once, and only as fast as they are sent. */
  readonly tasks: Iterable<TasksetEntry<Input>> | AsyncIterable<TasksetEntry<Input>>;
  readonly signal?: AbortSignal | undefined;
};

/** Up to this size a launch is one JSON body; above it a stream of lines. */
const jsonCharactersMax = 1024 * 1024;
const jsonTasksMax = limits.launchTasksMax;
/** A stream takes as long as its source. */
const streamMs = 24 * 3_600_000;

const ndjson = "application/x-ndjson";

/** Launches a taskset, small as JSON, large as a stream. A stream whose source cannot be read again is sent only once. */
export async function launchTaskset(
  connection: Connection,
  options: TasksetOptions,
  key: string,
): Promise<TasksetLaunched> {
  const { tasks, signal } = options;
  const header = toJson(headerOf(options, key), "the taskset");
  const source = lineSource(tasks, toLine);
  const { lines, isEnd } = await readAhead(source);
  if (isEnd) {
    const body = jsonBody(`${header.slice(0, -1)},"tasks":[${lines.join(",")}]}`);
    return connection.call("launchTaskset", { body, signal });
  }
  return stream(connection, { header, lines, source, tasks, signal });
}

function headerOf(options: TasksetOptions, key: string): TasksetHeader {
  const { task, tasks: _tasks, signal: _signal, ...header } = options;
  const definition = task === undefined ? {} : { definition: nameOf(task) };
  const once = options.idempotencyKey === undefined ? { idempotencyKey: key, idempotencyMs: automaticKeyMs } : {};
  return { ...header, ...definition, ...once } as TasksetHeader;
}

function toLine({ task, ...entry }: TasksetEntry, index: number): string {
  const definition = task === undefined ? {} : { definition: nameOf(task) };
  return toJson({ ...definition, ...entry }, `task ${index} of the taskset`);
}

async function readAhead(source: LineSource): Promise<{ lines: string[]; isEnd: boolean }> {
  const lines: string[] = [];
  let characters = 0;
  while (characters < jsonCharactersMax && lines.length < jsonTasksMax) {
    const step = source.next();
    const result = step instanceof Promise ? await step : step;
    if (result.done === true) return { lines, isEnd: true };
    lines.push(result.value);
    characters += result.value.length;
  }
  return { lines, isEnd: false };
}

interface StreamParts {
  readonly header: string;
  readonly lines: readonly string[];
  readonly source: LineSource;
  readonly tasks: TasksetOptions["tasks"];
  readonly signal: AbortSignal | undefined;
}

async function stream(connection: Connection, parts: StreamParts): Promise<TasksetLaunched> {
  const { settings } = connection;
  const { signal } = parts;
  const once = { ...settings.retry, triesMax: 1 };
  const policy = canRestart(parts.tasks) ? settings.retry : once;
  const send = async (n: number): Promise<TasksetLaunched> => {
    const failure: { error?: unknown } = {};
    const source = n === 1 ? parts.source : lineSource(parts.tasks, toLine);
    const head = n === 1 ? [parts.header, ...parts.lines] : [parts.header];
    const body = await streamBody(
      lineStream(head, source, (error) => (failure.error = error)),
      settings.canStreamBodies,
    );
    try {
      return await connection.call("launchTaskset", { body, signal, extraMs: streamMs, retry: once });
    } catch (error) {
      source.stop();
      // What the caller's own generator threw comes out as it was thrown.
      if ("error" in failure) throw failure.error;
      throw error instanceof BodyError ? error.cause : error;
    }
  };
  return retry(send, policy, { clock: settings.clock, random: settings.random, signal });
}

async function streamBody(lines: ReadableStream<Uint8Array>, canStream: boolean): Promise<Body> {
  if (canStream) return { type: ndjson, make: () => lines };
  const parts: BlobPart[] = [];
  const reader = lines.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) parts.push(step.value as BlobPart);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return { type: ndjson, make: () => bytes };
}
type BlobPart = Uint8Array<ArrayBuffer>;
