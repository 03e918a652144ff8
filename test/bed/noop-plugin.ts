import { definePlugin, defineTask } from "@capstan/plugin";

/** A task that does nothing, in the worker's own process. */
export const noopPlugin = definePlugin({
  name: "backlog",
  version: "1.0.0",
  tasks: [defineTask({ name: "noop", run: () => null })],
});
