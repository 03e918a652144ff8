import type { Handlers } from "../call.js";
import type { ApiContext } from "../context.js";
import { sendLog } from "../log-stream.js";

/** Trials and what they wrote. */
export function trialHandlers(context: ApiContext) {
  return {
    getTrial: ({ namespace, parameters }) => context.operations.getTrial(namespace, parameters.trial),
    readStdout: (call) => sendLog(context, call, "stdout"),
    readStderr: (call) => sendLog(context, call, "stderr"),
  } satisfies Partial<Handlers>;
}
