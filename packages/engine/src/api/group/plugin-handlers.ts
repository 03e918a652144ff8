import type { Handlers } from "../call.js";
import type { ApiContext } from "../context.js";

/** Plugins and their revisions: list, describe, deploy, switch the default, prune. */
export function pluginHandlers({ operations }: ApiContext) {
  return {
    listPlugins: ({ namespace }) => ({ items: operations.listPlugins(namespace) }),
    getPlugin: ({ namespace, parameters }) => operations.getPlugin(namespace, parameters.plugin),
    deployRevision: ({ namespace, parameters, body }) => operations.deployRevision(namespace, parameters.plugin, body),
    switchDefault: ({ namespace, parameters, body }) =>
      operations.switchDefault(namespace, parameters.plugin, body.revision),
    pruneRevisions: ({ namespace, parameters, body }) => operations.pruneRevisions(namespace, parameters.plugin, body),
    getRevision: ({ namespace, parameters }) => operations.getRevision(namespace, parameters.revision),
  } satisfies Partial<Handlers>;
}
