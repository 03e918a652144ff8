import type { FetchLike } from "@capstan/client";
import { startEngine, type EngineOptions, type RunningEngine } from "@capstan/engine";
import { MemoryTransport, type Transport } from "@capstan/protocol";
import { startWorker, workerUrl, type Worker, type WorkerOptions, type WorkerSeams } from "@capstan/worker";

/** No network knows this address: workers reach it by the memory transport, clients by the engine's own `fetch`. */
const engineUrl = "memory://engine";

/** An engine that nothing listens for, and the way to it for workers of the same process. */
export class InProcess {
  readonly engine: RunningEngine;
  readonly transport: Transport;
  readonly #namespace: string;

  private constructor(engine: RunningEngine, namespace: string) {
    this.engine = engine;
    this.#namespace = namespace;
    const transport = new MemoryTransport();
    transport.listen(workerUrl(engineUrl, namespace), (connection) =>
      engine.engine.acceptWorker(namespace, connection),
    );
    this.transport = transport;
  }

  /** @throws CapstanError as {@link startEngine}. */
  static async start(options: Omit<EngineOptions, "port" | "host" | "token">, namespace: string): Promise<InProcess> {
    const engine = await startEngine({ ...options, port: null });
    // Whoever worked on this folder before was of a process that has ended: nobody else could have reached the engine.
    engine.engine.loseWorkers("its process ended");
    return new InProcess(engine, namespace);
  }

  /** What clients call in place of the platform's `fetch`. */
  get fetch(): FetchLike {
    return (url, request) => this.engine.fetch(url, request);
  }

  /** @throws CapstanError as {@link startWorker}. */
  startWorker(options: Omit<WorkerOptions, "engine" | "namespace" | "token">): Promise<Worker> {
    const seams: Partial<WorkerSeams> = {
      transport: this.transport,
      fetch: (url, init) => this.engine.fetch(url, init),
      ...options.seams,
    };
    return startWorker({ ...options, engine: engineUrl, namespace: this.#namespace, seams });
  }
}
