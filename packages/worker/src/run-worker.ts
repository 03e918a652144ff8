import { once } from "node:events";
import { makeWorker, type CloseOptions, type Worker } from "./worker.js";
import type { WorkerOptions } from "./option/worker-options.js";

const endSignals = ["SIGTERM", "SIGINT"] as const;

/**
 * Runs a worker until the process is asked to end: at the first SIGTERM or SIGINT it takes no more work and waits for
 * its trials up to `graceMs` (default 60,000); a second one stops them at once. Resolves when everything has ended; the
 * caller sets the exit code.
 * @throws CapstanError as {@link startWorker}.
 */
export async function runWorker(
  options: WorkerOptions,
  close: CloseOptions = {},
  started?: (worker: Worker) => void,
): Promise<void> {
  const asked = askedToEnd();
  try {
    const worker = makeWorker(options);
    const starting = worker.start();
    // Once it is asked to end, it does not matter whether it would have started.
    starting.catch(() => {});
    await Promise.race([starting.then(() => started?.(worker)), asked.first]);
    await asked.first;
    const closing = worker.close({ graceMs: 60_000, ...close });
    void asked.second.then(() => worker.force());
    await closing;
  } finally {
    asked.end();
  }
}

interface Asked {
  readonly first: Promise<undefined>;
  readonly second: Promise<undefined>;
  end(): void;
}

function askedToEnd(): Asked {
  const ended = new AbortController();
  const target = new EventTarget();
  let count = 0;
  const ask = (): void => {
    count += 1;
    target.dispatchEvent(new Event(count === 1 ? "first" : "second"));
  };
  for (const signal of endSignals) process.on(signal, ask);
  const until = (name: string): Promise<undefined> =>
    once(target, name, { signal: ended.signal }).then(
      () => undefined,
      () => new Promise<undefined>(() => {}),
    );
  return {
    first: until("first"),
    second: until("second"),
    end: () => {
      for (const signal of endSignals) process.off(signal, ask);
      ended.abort();
    },
  };
}
