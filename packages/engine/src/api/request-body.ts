import type { IncomingMessage } from "node:http";
import type { Clock } from "@capstan/protocol";

/** How long the rest of a refused body is read and dropped before the connection is cut. */
const lingerMs = 2_000;

/**
 * Reads and drops the rest of a body whose request was refused, for at most two seconds. A connection closed with unread
 * bytes is reset, and the client would never see why it was refused.
 */
export function dropRest(request: IncomingMessage, clock: Clock): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = clock.setTimer(lingerMs, () => request.destroy());
  request.once("close", () => timer.cancel());
}

/** The bytes of a body; whoever stops reading before the end leaves the connection as it is, so that it can be answered. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}
