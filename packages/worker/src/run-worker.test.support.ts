// A process that runs a worker until it is asked to end: `node run-worker.test.support.js URL`.
import { runWorker } from "./run-worker.js";

const [engine] = process.argv.slice(2);
await runWorker(
  { engine: engine!, slots: 1, runtimes: ["command"], onEvent: ({ type }) => process.stdout.write(`${type}\n`) },
  { graceMs: 30_000 },
);
process.stdout.write("ended\n");
