import { definePlugin, defineTask } from "@capstan/plugin";
import { Recorder } from "@capstan/testkit";

/** What tasks of the sample did, in order, with the time of the machine in ms. */
export interface Sample {
  readonly began: Recorder<{ readonly input: unknown; readonly atMs: number }>;
  readonly plugin: ReturnType<typeof makePlugin>;
}

export function makeSample(): Sample {
  const began: Sample["began"] = new Recorder();
  return { began, plugin: makePlugin(began) };
}

function makePlugin(began: Sample["began"]) {
  return definePlugin({
    name: "sample",
    version: "1.0.0",
    tasks: {
      echo: defineTask({
        run: (input: unknown) => {
          began.add({ input, atMs: Date.now() });
          return input;
        },
      }),
      refuse: defineTask({
        policy: { priority: 2, maxTrials: 1 },
        run: (isWilling: boolean) => {
          if (!isWilling) throw new Error("not willing");
        },
      }),
      hold: defineTask({
        run: (input: unknown, { signal }) => {
          began.add({ input, atMs: Date.now() });
          return new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
          });
        },
      }),
    },
  });
}
