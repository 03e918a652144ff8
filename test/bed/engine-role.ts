import { startEngine } from "@capstan/engine";
import type { EngineOptions } from "@capstan/engine";
import { armCrash } from "./crash-point.js";

/**
 * The engine of a test as a process of its own: takes its options as JSON, prints its address as one line, ends
 * gracefully at SIGTERM. `CAPSTAN_CRASH_POINT` names a moment at which it kills itself.
 */
const options = JSON.parse(process.argv[2]!) as EngineOptions;
const crash = armCrash(process.env["CAPSTAN_CRASH_POINT"]);
const logger = {
  debug: () => {},
  info: () => {},
  warn: (fields: object, message: string) => process.stderr.write(`${message} ${shown(fields)}\n`),
  error: (fields: object, message: string) => process.stderr.write(`${message} ${shown(fields)}\n`),
};

function shown(fields: object): string {
  const errors = Object.values(fields).filter((value) => value instanceof Error);
  return errors.map((error: Error) => error.stack).join("\n");
}

const startedMs = performance.now();
const engine = await startEngine({ ...options, logger });
crash?.watch(engine.engine.loop);
process.on("SIGTERM", () => void engine.close({ graceMs: 5_000 }));
process.stdout.write(`${JSON.stringify({ url: engine.url, startMs: performance.now() - startedMs })}\n`);
// The test is gone, however it ended: nothing of it stays behind.
process.stdin.resume().once("end", () => process.exit(1));
await engine.closed;
process.stdin.destroy();
