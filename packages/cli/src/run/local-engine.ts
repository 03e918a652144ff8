import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a suite may take to end, in ms: as long as an executor may; clean-up scripts have limits of their own. */
const cleanUpMs = 600_000;

/** An engine and a worker in this process, on a folder that is removed with them. */
export interface LocalEngine {
  readonly url: string;
  close(): Promise<void>;
}

export interface LocalOptions {
  /** Default: the machine's cores. */
  readonly slots?: number | undefined;
  /** Is told what an executor printed after its last trial. */
  readonly onLeft?: (output: string) => void;
}

/** Starts them. */
export async function startLocalEngine({ slots, onLeft }: LocalOptions = {}): Promise<LocalEngine> {
  const [{ startEngine }, { startWorker }] = await Promise.all([import("@capstan/engine"), import("@capstan/worker")]);
  const folder = await mkdtemp(join(tmpdir(), "capstan-run-"));
  // Also when the process leaves at once.
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", remove);
  // One run needs no threads for its store, and a process that leaves at once would tear them down while they work.
  const engine = await startEngine({ folder: join(folder, "engine"), port: 0, isThreaded: false });
  const url = engine.url ?? "";
  const worker = await startWorker({
    engine: url,
    name: "local",
    folder: join(folder, "cache"),
    ...(slots === undefined ? {} : { slots }),
    onEvent: (event) => {
      if (event.type === "executorExited" && event.output !== undefined) onLeft?.(event.output);
    },
  });
  return {
    url,
    async close() {
      // A suite has its verdict before its clean-up has run.
      await worker.close({ graceMs: 0, cleanUpMs });
      await engine.close({ graceMs: 0 });
      remove();
      process.off("exit", remove);
    },
  };
}
