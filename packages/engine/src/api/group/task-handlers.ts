import { sent, type Handlers } from "../call.js";
import type { ApiContext } from "../context.js";
import { jsonType } from "../problem.js";
import { waitFor } from "../wait.js";

/** Tasks: launch, read, wait, cancel, rerun. */
export function taskHandlers({ operations }: ApiContext) {
  return {
    launchTask: async ({ namespace, body, reply }) => {
      const { task, isDuplicate } = await operations.launchTask(namespace, body);
      // The busiest answer, written by hand: an id holds nothing that JSON escapes.
      reply.status(201).header("content-type", jsonType).send(`{"task":"${task}","isDuplicate":${isDuplicate}}`);
      return sent;
    },
    launchTasks: ({ namespace, body }) => operations.launchTasks(namespace, body),
    listTasks: ({ namespace, query }) => operations.listTasks(namespace, query),
    getTask: ({ namespace, parameters }) => operations.getTask(namespace, parameters.task),
    waitTask: ({ namespace, parameters, query, signal }) =>
      waitFor(signal, query.waitMs, (options) => operations.waitTask(namespace, parameters.task, options)),
    cancelTask: ({ namespace, parameters }) => operations.cancelTask(namespace, parameters.task),
    rerunTask: ({ namespace, parameters, body }) => operations.rerunTask(namespace, parameters.task, body),
    listTrials: async ({ namespace, parameters }) => ({
      items: await operations.listTrials(namespace, parameters.task),
    }),
    listOffers: async ({ namespace, parameters }) => ({
      items: await operations.listOffers(namespace, parameters.task),
    }),
  } satisfies Partial<Handlers>;
}
