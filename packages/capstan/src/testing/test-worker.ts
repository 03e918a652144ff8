import type { Worker, WorkerStatus } from "@capstan/worker";
import type { Network } from "./network.js";

export interface TestWorkerParts {
  readonly name: string;
  readonly worker: Worker;
  readonly network: Network;
}

/** A worker of a test. */
export class TestWorker {
  readonly name: string;
  readonly #parts: TestWorkerParts;

  constructor(parts: TestWorkerParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** How it stands at this moment. */
  get status(): WorkerStatus {
    return this.#parts.worker.status();
  }

  /** Cuts its connection: what it says does not arrive, and nobody is told. Its leases end when time passes. */
  disconnect(): void {
    this.#parts.network.cut();
  }

  /** Lets it connect again, which it does when it next tries. */
  reconnect(): void {
    this.#parts.network.heal();
  }

  /** Takes no more work; resolves when what runs has ended. Time must pass if that takes time. */
  drain(): Promise<void> {
    return this.#parts.worker.drain();
  }

  /** Ends it at once. */
  close(): Promise<void> {
    return this.#parts.worker.close({ graceMs: 0, stopGraceMs: 0 });
  }
}
