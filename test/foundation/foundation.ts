import { join } from "node:path";
import { Capstan } from "@capstan/client";
import { startEngine, type EngineOptions, type RunningEngine } from "@capstan/engine";
import { withFolder } from "@capstan/testkit";
import { startWorker, type Worker, type WorkerOptions } from "@capstan/worker";

/** An engine on a folder and whatever workers a test wants, over real sockets, in the test's own process. */
export class Foundation {
  readonly folder: string;
  readonly #options: Partial<EngineOptions>;
  readonly #workers: Worker[] = [];
  #running: RunningEngine | undefined;

  constructor(folder: string, options: Partial<EngineOptions>) {
    this.folder = folder;
    this.#options = options;
  }

  get url(): string {
    return this.#running!.url!;
  }

  get client(): Capstan {
    return new Capstan({ url: this.url });
  }

  async startEngine(): Promise<void> {
    const port = this.#running === undefined ? 0 : Number(new URL(this.url).port);
    this.#running = await startEngine({ folder: join(this.folder, "data"), port, ...this.#options });
  }

  async stopEngine(): Promise<void> {
    await this.#running!.close({ graceMs: 0 });
  }

  async startWorker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const worker = await startWorker({ engine: this.url, folder: join(this.folder, "cache"), ...options });
    this.#workers.push(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close({ graceMs: 0, stopGraceMs: 100 })));
    await this.#running?.close({ graceMs: 0 });
  }
}

/** A test's body with a running engine, which is closed afterwards whatever happens. */
export function withFoundation(
  use: (foundation: Foundation) => Promise<void>,
  options: Partial<EngineOptions> = {},
): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const foundation = new Foundation(folder, options);
      try {
        await foundation.startEngine();
        await use(foundation);
      } finally {
        await foundation.close();
      }
    });
}
