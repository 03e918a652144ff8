import { runWorker, type WorkerOptions } from "@capstan/worker";
import { noopPlugin } from "./noop-plugin.js";

/**
 * The worker of a test as a process of its own: takes its options as JSON, prints each of its events as one line. With
 * `isInline` it runs the task that does nothing, in its own process.
 */
const { isInline = false, ...options } = JSON.parse(process.argv[2]!) as WorkerOptions & { isInline?: boolean };
// The test is gone, however it ended: nothing of it stays behind.
process.stdin.resume().once("end", () => process.exit(1));
await runWorker({
  ...options,
  ...(isInline ? { plugins: [noopPlugin] } : {}),
  onEvent: ({ type, ...fields }) => {
    if (isInline && type !== "joined") return;
    const { error } = fields as { readonly error?: Error };
    process.stdout.write(`${JSON.stringify({ type, ...fields, error: error?.message })}\n`);
  },
});
process.stdin.destroy();
