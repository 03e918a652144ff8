import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { sent, type Sent } from "./call.js";

export interface TextAnswer {
  readonly type: string;
  readonly parts: Iterable<string> | AsyncIterable<string>;
}

/** Characters that are gathered before they are handed to the socket. */
const chunkLength = 64 * 1024;

/** Answers with text as it is made, no faster than the client reads it. */
export function sendText(reply: FastifyReply, { type, parts }: TextAnswer): Sent {
  reply
    .status(200)
    .header("content-type", type)
    .header("x-content-type-options", "nosniff")
    .send(Readable.from(gather(parts), { objectMode: false }));
  return sent;
}

async function* gather(parts: TextAnswer["parts"]): AsyncGenerator<string> {
  let chunk = "";
  for await (const part of parts) {
    chunk += part;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}
