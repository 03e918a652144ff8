import { Capstan } from "@capstan/client";
import type { Worker, WorkerStatus } from "@capstan/worker";
import type { InProcess } from "./in-process.js";

export interface EmbeddedParts {
  readonly inProcess: InProcess;
  readonly worker: Worker;
  readonly namespace: string;
}

export interface CloseEmbeddedOptions {
  /** How long running trials may go on, in ms; what is left is stopped, and runs again after the next start. Default 10,000. */
  readonly graceMs?: number;
}

/** A client whose engine and worker are in the application's own process. */
export class EmbeddedCapstan extends Capstan {
  readonly #parts: EmbeddedParts;
  #closing: Promise<void> | undefined;

  /** Use `openCapstan`. */
  constructor(parts: EmbeddedParts) {
    const { inProcess, namespace } = parts;
    super({ url: "http://localhost", fetch: inProcess.fetch, namespace });
    this.#parts = parts;
  }

  /** How the worker stands at this moment. */
  get worker(): WorkerStatus {
    return this.#parts.worker.status();
  }

  /** Resolves when the engine has ended: by `close`, or because its store can no longer be used. */
  get closed(): Promise<void> {
    return this.#parts.inProcess.engine.closed;
  }

  /** Takes no more work, waits for what runs, and ends worker and engine. What is queued waits in the folder. */
  close(options: CloseEmbeddedOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close(options: CloseEmbeddedOptions): Promise<void> {
    await this.#parts.worker.close(options);
    await this.#parts.inProcess.engine.close({ graceMs: 0 });
  }
}
