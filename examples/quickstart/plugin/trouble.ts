import { defineTask } from "capstan/plugin";

const backoff = { initialMs: 100, factor: 1, jitter: 0 };
/** Written by the task that floods; the default limit of a trial's output is 10 MiB. */
const floodLines = 200_000;
const line = "x".repeat(79);

/** Tasks that misbehave. Each costs the executor that it runs in at most; the worker and its other tasks go on. */
export const trouble = {
  throws: defineTask({
    description: "Throws each time",
    policy: { maxTrials: 2, backoff },
    run: () => {
      throw new Error("this file is not what it should be");
    },
  }),

  recovers: defineTask({
    description: "Throws the first time, and succeeds the second time",
    policy: { maxTrials: 2, backoff },
    run: (_input: unknown, { trial }) => {
      if (trial.number === 1) throw new Error("not yet");
      return { trial: trial.number };
    },
  }),

  exits: defineTask({
    description: "Ends the process it runs in",
    policy: { maxTrials: 1 },
    run: () => process.exit(3),
  }),

  blocks: defineTask({
    description: "Blocks the event loop for ever, so that it cannot even be asked to stop",
    policy: { maxTrials: 1, timeoutMs: 2_000, hardTimeoutMs: 3_000 },
    run: (): never => {
      for (;;);
    },
  }),

  crashes: defineTask({
    description: "Crashes the process with a segmentation fault",
    policy: { maxTrials: 2, backoff },
    run: async (): Promise<void> => {
      process.kill(process.pid, "SIGSEGV");
      await new Promise(() => {});
    },
  }),

  floods: defineTask({
    description: "Prints 15 MiB",
    policy: { maxTrials: 1 },
    run: () => {
      console.log("the first line");
      for (let written = 0; written < floodLines; written += 100) process.stdout.write(`${line}\n`.repeat(100));
      console.log("the last line");
      return { lines: floodLines };
    },
  }),
};
