import { startWorker } from "@capstan/worker";
import { noopPlugin } from "./noop-plugin.js";

/** The worker of a measurement, as a process of its own: prints a line when it has joined, ends when its input ends. */
const [, , url, slots, folder] = process.argv;
const worker = await startWorker({ engine: url!, slots: Number(slots), folder: folder!, plugins: [noopPlugin] });
process.stdout.write("joined\n");
process.stdin.resume();
process.stdin.once("end", () => {
  void worker.close({ graceMs: 1_000 }).then(() => process.exit(0));
});
