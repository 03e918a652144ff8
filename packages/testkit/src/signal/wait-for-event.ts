import { once, type EventEmitter } from "node:events";
import { within } from "./within.js";

/** The arguments of the next event of that name. Rejects on `error`, and after `timeoutMs` (default 10 s). */
export function waitForEvent(emitter: EventEmitter, name: string, timeoutMs = 10_000): Promise<unknown[]> {
  return within(once(emitter, name) as Promise<unknown[]>, timeoutMs, `the event "${name}"`);
}
