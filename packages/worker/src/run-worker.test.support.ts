// A process that runs a worker until it is asked to end: `node run-worker.test.support.js URL SLOTS`.
import { runWorker } from "./run-worker.js";

const [engine, slots] = process.argv.slice(2);
await runWorker(
  {
    engine: engine!,
    slots: Number(slots),
    runtimes: ["command"],
    onEvent: ({ type }) => process.stdout.write(`${type}\n`),
  },
  { graceMs: 30_000 },
);
process.stdout.write("ended\n");
