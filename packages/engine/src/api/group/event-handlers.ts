import type { Handlers } from "../call.js";
import type { ApiContext } from "../context.js";
import { streamEvents } from "../event-stream.js";

/** Events as they are committed. */
export function eventHandlers(context: ApiContext) {
  return { followEvents: (call) => streamEvents(context, call) } satisfies Partial<Handlers>;
}
