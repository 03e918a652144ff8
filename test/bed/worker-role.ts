import { runWorker, type WorkerOptions } from "@capstan/worker";

/** The worker of a test as a process of its own: takes its options as JSON, prints each of its events as one line. */
const options = JSON.parse(process.argv[2]!) as WorkerOptions;
await runWorker({
  ...options,
  onEvent: ({ type, ...fields }) => {
    const { error } = fields as { readonly error?: Error };
    process.stdout.write(`${JSON.stringify({ type, ...fields, error: error?.message })}\n`);
  },
});
