import { Readable } from "node:stream";
import type { LogSlice } from "@capstan/store";
import type { EngineOperations } from "../engine/operations.js";
import { Bell } from "./bell.js";
import { sent, type Call, type Sent } from "./call.js";
import type { ApiContext } from "./context.js";

/** Bytes of one read from the store. */
const sliceBytes = 256 * 1024;

interface LogReader {
  readonly read: (offset: number, bytesMax: number) => Promise<LogSlice>;
  readonly follow: (callback: () => void) => ReturnType<EngineOperations["followLog"]>;
  readonly signal: AbortSignal;
}

/** Answers with a trial's log: whole, `limit` bytes from `offset`, or followed until the trial has ended. */
export async function sendLog(
  { operations }: ApiContext,
  call: Call<"readStdout"> | Call<"readStderr">,
  stream: "stdout" | "stderr",
): Promise<Sent> {
  const { namespace, parameters, query, reply, request, signal } = call;
  const reader: LogReader = {
    read: (offset, bytesMax) => operations.readLog(namespace, { trial: parameters.trial, stream, offset, bytesMax }),
    follow: (callback) => operations.followLog(namespace, parameters.trial, callback),
    signal,
  };
  const range = { offset: query.offset ?? 0, bytesMax: query.limit ?? Number.POSITIVE_INFINITY };
  // Before the headers leave, so that an unknown trial is an error and not an empty log.
  const first = await reader.read(range.offset, Math.min(sliceBytes, range.bytesMax));
  if (first.nextOffset === first.offset) await operations.getTrial(namespace, parameters.trial);
  const isFollowed = query.follow === true;
  // A quiet trial may say nothing for longer than a connection may be idle.
  if (isFollowed && "setTimeout" in request.raw.socket) request.raw.socket.setTimeout(0);
  const parts = readLog(reader, { ...range, first, isFollowed });
  reply
    .status(200)
    .header("content-type", "text/plain; charset=utf-8")
    .header("x-content-type-options", "nosniff")
    .send(Readable.from(parts, { objectMode: false }));
  // A followed trial may not have written yet: the client is told at once that it follows.
  reply.raw.flushHeaders();
  return sent;
}

interface Reading {
  readonly first: LogSlice;
  readonly bytesMax: number;
  readonly isFollowed: boolean;
}

async function* readLog(reader: LogReader, { first, bytesMax, isFollowed }: Reading): AsyncGenerator<string> {
  const { signal } = reader;
  const bell = new Bell();
  signal.addEventListener("abort", bell.ring);
  const following = isFollowed ? reader.follow(bell.ring) : undefined;
  const end = first.offset + bytesMax;
  let slice = first;
  try {
    if (slice.text !== "") yield slice.text;
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is then surely read.
      const isLast = following === undefined || (await following.isEnded());
      for (;;) {
        const at = slice.nextOffset;
        if (signal.aborted || at >= end) return;
        slice = await reader.read(at, Math.min(sliceBytes, end - at));
        if (slice.nextOffset === at) break;
        yield slice.text;
      }
      if (isLast) return;
      await bell.hear();
    }
  } finally {
    following?.stop();
    signal.removeEventListener("abort", bell.ring);
  }
}
