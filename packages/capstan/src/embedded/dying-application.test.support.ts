import { definePlugin, defineTask, openCapstan } from "../index.js";

/** An application that is killed while a task of its own runs: says the task's id then. */
const plugin = definePlugin({
  name: "patient",
  tasks: {
    wait: defineTask({
      // Its code begins when the grant is durable.
      policy: { safeToRerun: false },
      run: (_: unknown, { trial }) => {
        process.send?.(trial.task);
        return new Promise<never>(() => {});
      },
    }),
  },
});
const capstan = await openCapstan({ folder: process.argv[2]!, plugins: [plugin], runtimes: ["inline"] });
await capstan.launch(plugin.tasks.wait);
