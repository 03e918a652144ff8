import type { QuarantineRequest, WorkerView } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { items } from "../connection/page.js";

/** The workers that the engine knows, by id or name. */
export class Workers {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All workers, page by page as they are asked for. */
  list(signal?: AbortSignal): AsyncGenerator<WorkerView> {
    return items(this.#connection, "listWorkers", { signal });
  }

  /** @throws CapstanError `not-found`. */
  get(worker: string, signal?: AbortSignal): Promise<WorkerView> {
    return this.#connection.call("getWorker", { parameters: { worker }, signal });
  }

  /** Offers it nothing more; what runs there ends in its own time. `isDraining: false` takes that back. */
  drain(worker: string, { isDraining = true }: { readonly isDraining?: boolean } = {}): Promise<WorkerView> {
    return this.#connection.call("drainWorker", { parameters: { worker }, body: jsonBody({ isDraining }) });
  }

  /** Keeps a taskset or plugin away from it, for a time or until it is lifted. */
  quarantine(worker: string, request: QuarantineRequest): Promise<WorkerView> {
    return this.#connection.call("quarantineWorker", { parameters: { worker }, body: jsonBody(request) });
  }

  /** Lifts a quarantine. */
  lift(worker: string, { scope, name }: Pick<QuarantineRequest, "scope" | "name">): Promise<WorkerView> {
    return this.#connection.call("liftQuarantine", { parameters: { worker }, body: jsonBody({ scope, name }) });
  }
}
