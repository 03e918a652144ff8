import type { Handlers } from "./call.js";
import type { ApiContext } from "./context.js";
import { blobHandlers } from "./group/blob-handlers.js";
import { eventHandlers } from "./group/event-handlers.js";
import { pluginHandlers } from "./group/plugin-handlers.js";
import { systemHandlers } from "./group/system-handlers.js";
import { taskHandlers } from "./group/task-handlers.js";
import { tasksetHandlers } from "./group/taskset-handlers.js";
import { trialHandlers } from "./group/trial-handlers.js";
import { workerHandlers } from "./group/worker-handlers.js";

/** The handlers of every route. */
export function makeHandlers(context: ApiContext): Handlers {
  return {
    ...taskHandlers(context),
    ...tasksetHandlers(context),
    ...trialHandlers(context),
    ...pluginHandlers(context),
    ...blobHandlers(context),
    ...workerHandlers(context),
    ...eventHandlers(context),
    ...systemHandlers(context),
  };
}
