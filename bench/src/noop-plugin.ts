import { definePlugin, defineTask } from "@capstan/plugin";

/** A task that does nothing, and one that says when it began, in ms of the machine's monotonic clock. */
export const noopPlugin = definePlugin({
  name: "bench",
  version: "1.0.0",
  tasks: [
    defineTask({ name: "noop", run: () => null }),
    defineTask({ name: "start", run: () => Number(process.hrtime.bigint()) / 1e6 }),
  ],
});
