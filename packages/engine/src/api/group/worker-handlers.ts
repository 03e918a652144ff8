import type { Handlers } from "../call.js";
import type { ApiContext } from "../context.js";

/** Workers: list, drain, quarantine and lift. */
export function workerHandlers({ operations }: ApiContext) {
  return {
    listWorkers: ({ namespace }) => ({ items: operations.listWorkers(namespace) }),
    getWorker: ({ namespace, parameters }) => operations.getWorker(namespace, parameters.worker),
    drainWorker: ({ namespace, parameters, body }) =>
      operations.drainWorker(namespace, parameters.worker, body.isDraining ?? true),
    quarantineWorker: ({ namespace, parameters, body }) =>
      operations.quarantineWorker(namespace, parameters.worker, body),
    liftQuarantine: ({ namespace, parameters, body }) => operations.liftQuarantine(namespace, parameters.worker, body),
  } satisfies Partial<Handlers>;
}
