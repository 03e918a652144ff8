import { join } from "node:path";
import { Capstan } from "@capstan/client";
import { startEngine, type EngineOptions, type RunningEngine } from "@capstan/engine";
import { withFolder } from "@capstan/testkit";
import { startWorker, type Worker, type WorkerEvent, type WorkerOptions } from "@capstan/worker";

/** A real engine on a folder of its own, reached over real sockets, and as many workers as a test starts. */
export interface System {
  readonly folder: string;
  readonly engine: RunningEngine;
  readonly client: Capstan;
  /** What the workers told, each with its name. */
  readonly events: (WorkerEvent & { readonly worker?: string })[];
  worker(name: string, options?: Partial<WorkerOptions>): Promise<Worker>;
}

export async function withSystem(
  use: (system: System) => Promise<void>,
  config: NonNullable<EngineOptions["config"]> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const engine = await startEngine({ folder: join(folder, "data"), port: 0, isThreaded: false, config });
    const workers: Worker[] = [];
    const events: System["events"] = [];
    const worker = async (name: string, options: Partial<WorkerOptions> = {}): Promise<Worker> => {
      const started = await startWorker({
        engine: engine.url!,
        name,
        slots: 1,
        folder: join(folder, "cache", name),
        onEvent: (event) => events.push({ ...event, worker: name }),
        ...options,
      });
      workers.push(started);
      return started;
    };
    try {
      await use({ folder, engine, client: new Capstan({ url: engine.url! }), events, worker });
    } finally {
      await Promise.all(workers.map((each) => each.close({ graceMs: 0, stopGraceMs: 0 })));
      await engine.close({ graceMs: 0 });
    }
  });
}
