import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { toCapstanError, type EventView } from "@capstan/protocol";
import type { EventFeed } from "../engine/operations.js";
import { Bell } from "./bell.js";
import { sent, type Call, type Sent } from "./call.js";
import type { ApiContext } from "./context.js";

/** Events of one read; with them the memory that a slow reader costs is bounded. */
const batchEvents = 500;
const heartbeatMs = 15_000;

/**
 * Answers with server-sent events after a cursor (`Last-Event-ID`, or `after`; from now on without one).
 *
 * Each event's id is its cursor. Without events a comment comes every 15 s, with the cursor reached: a filter that lets
 * nothing pass does not make the cursor old. A reader that falls behind what is kept gets an event `problem` and the end.
 * @throws CapstanError `cursor-expired`, `invalid-cursor`.
 */
export function streamEvents(context: ApiContext, call: Call<"followEvents">): Sent {
  const { request, reply, query, namespace } = call;
  const lastId = request.headers["last-event-id"];
  const after = typeof lastId === "string" && lastId !== "" ? lastId : query.after;
  const feed = context.operations.events(namespace);
  // Read before the headers leave, so that a bad cursor is an error and not an empty stream.
  const first = feed.read(after, batchEvents);
  const passes = makeFilter(query);
  const frames = writeFrames(context, { feed, first, passes, signal: call.signal });
  reply
    .status(200)
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("cache-control", "no-store")
    .header("x-accel-buffering", "no")
    .send(Readable.from(frames, { objectMode: false }));
  return sent;
}

interface Following {
  readonly feed: EventFeed;
  readonly first: ReturnType<EventFeed["read"]>;
  readonly passes: (event: EventView) => boolean;
  readonly signal: AbortSignal;
}

async function* writeFrames(context: ApiContext, following: Following): AsyncGenerator<string> {
  const { feed, first, passes, signal } = following;
  const bell = new Bell();
  const stop = feed.subscribe(bell.ring);
  signal.addEventListener("abort", bell.ring);
  let batch = first;
  try {
    yield `retry: 1000\n${idFrame(batch.events.length === 0 ? batch.cursor : undefined)}`;
    while (!signal.aborted) {
      const frames = batch.events.filter(passes).map(eventFrame).join("");
      if (frames !== "") yield frames;
      else if (batch.events.length === 0) yield* waitForMore({ context, bell, cursor: batch.cursor, signal });
      // A long row of events that the filter keeps back does not keep the engine from its work.
      else await nextTurn();
      batch = feed.read(batch.cursor, batchEvents);
    }
  } catch (error) {
    yield `event: problem\ndata: ${JSON.stringify(toCapstanError(error).toProblem())}\n\n`;
  } finally {
    stop();
    signal.removeEventListener("abort", bell.ring);
  }
}

interface Waiting {
  readonly context: ApiContext;
  readonly bell: Bell;
  readonly cursor: string;
  readonly signal: AbortSignal;
}

/** Waits for the next ring; every 15 s without one it gives a comment with the cursor. */
async function* waitForMore({ context, bell, cursor, signal }: Waiting): AsyncGenerator<string> {
  let isLate = false;
  const timer = context.clock.setTimer(heartbeatMs, () => {
    isLate = true;
    bell.ring();
  });
  try {
    await bell.hear();
  } finally {
    timer.cancel();
  }
  if (isLate && !signal.aborted) yield `: heartbeat\n${idFrame(cursor)}`;
}

/** Moves the reader's last event id without an event: one without data is not dispatched. */
function idFrame(cursor: string | undefined): string {
  return cursor === undefined ? "\n" : `id: ${cursor}\n\n`;
}

function eventFrame(event: EventView): string {
  return `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`;
}

function makeFilter({ taskset, task, types }: Call<"followEvents">["query"]): (event: EventView) => boolean {
  const prefixes = types?.split(",").filter((prefix) => prefix !== "");
  return (event) =>
    (taskset === undefined || event.taskset === taskset) &&
    (task === undefined || event.task === task) &&
    (prefixes === undefined || prefixes.some((prefix) => event.type.startsWith(prefix)));
}
