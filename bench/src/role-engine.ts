import { startEngine } from "@capstan/engine";

/** The engine of a measurement, as a process of its own: prints its address, ends when its input ends. */
const folder = process.argv[2]!;
const isThreaded = process.argv[3] !== "in-thread";
const store = process.argv[4];
const engine = await startEngine({ folder, port: 0, isThreaded, ...(store === undefined ? {} : { store }) });
process.stdout.write(`${JSON.stringify({ url: engine.url })}\n`);
process.stdin.resume();
process.stdin.once("end", () => {
  void engine.close({ graceMs: 2_000 }).then(() => process.exit(0));
});
