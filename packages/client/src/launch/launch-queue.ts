import { CapstanError, type Launched } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { suspects } from "./suspect.js";

/** One launch, serialised, that waits to be sent. */
export interface QueuedLaunch {
  readonly json: string;
  readonly signal: AbortSignal | undefined;
  resolve(launched: Launched): void;
  reject(error: unknown): void;
}

/** While one batch is committed the next may already be on its way. */
const inFlightMax = 2;
const batchTasksMax = 1_000;
/** UTF-8 needs at most three bytes a character, and a body may have 8 MiB. */
const batchCharactersMax = 2 * 1024 * 1024;

/**
 * Sends launches together that are made together: those of one turn of the event loop, and those that come while others
 * are in flight. A lone launch leaves at once. Each launch has its own outcome: when a batch, which is launched whole or
 * not at all, is refused, those that may be at fault are tried apart from the rest.
 */
export class LaunchQueue {
  readonly #connection: Connection;
  #waiting: QueuedLaunch[] = [];
  #inFlight = 0;
  #isFlushPlanned = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Resolves when the engine has stored the launch. */
  launch(json: string, signal?: AbortSignal): Promise<Launched> {
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal?.reason as Error);
      if (signal?.aborted === true) {
        leave();
        return;
      }
      signal?.addEventListener("abort", leave, { once: true });
      const settle = (): void => signal?.removeEventListener("abort", leave);
      this.#waiting.push({
        json,
        signal,
        resolve: (launched) => (settle(), resolve(launched)),
        reject: (error) => (settle(), reject(error)),
      });
      this.#planFlush();
    });
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#inFlight >= inFlightMax) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#inFlight < inFlightMax && this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      if (batch.length === 0) continue;
      this.#inFlight += 1;
      void this.#send(batch).then(() => {
        this.#inFlight -= 1;
        this.#flush();
      });
    }
  }

  /** The next launches whose callers still wait, as many as one request may hold; one at least. */
  #takeBatch(): QueuedLaunch[] {
    const batch: QueuedLaunch[] = [];
    let characters = 0;
    let taken = 0;
    for (const queued of this.#waiting) {
      const isFull = batch.length >= batchTasksMax || characters + queued.json.length > batchCharactersMax;
      if (batch.length > 0 && isFull) break;
      taken += 1;
      if (queued.signal?.aborted === true) continue;
      batch.push(queued);
      characters += queued.json.length;
    }
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }

  /** Never rejects: every launch of the batch is told its own outcome. */
  async #send(batch: readonly QueuedLaunch[]): Promise<void> {
    try {
      const launched = await this.#post(batch);
      for (const [index, queued] of batch.entries()) queued.resolve(launched[index] as Launched);
    } catch (error) {
      if (batch.length === 1 || !isOfOneTask(error)) for (const queued of batch) queued.reject(error);
      else await this.#sendApart(batch, suspects(error, batch.length));
    }
  }

  /** Nothing of the batch was launched: sends the rest again as a whole, and every suspect alone. */
  async #sendApart(batch: readonly QueuedLaunch[], at: ReadonlySet<number>): Promise<void> {
    const parts: QueuedLaunch[][] = [];
    if (at.size > 0) {
      parts.push(...[...at].map((index) => [batch[index] as QueuedLaunch]));
      parts.push(batch.filter((_, index) => !at.has(index)));
    } else {
      const middle = batch.length >> 1;
      parts.push(batch.slice(0, middle), batch.slice(middle));
    }
    for (const part of parts) if (part.length > 0) await this.#send(part);
  }

  async #post(batch: readonly QueuedLaunch[]): Promise<readonly Launched[]> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      return [await this.#connection.call("launchTask", { body: jsonBody(only.json), signal: only.signal })];
    }
    const body = jsonBody(`{"tasks":[${batch.map(({ json }) => json).join(",")}]}`);
    const { tasks } = await this.#connection.call("launchTasks", { body });
    if (tasks.length === batch.length) return tasks;
    throw new CapstanError("internal", `the engine answered ${tasks.length} of ${batch.length} launches`);
  }
}

/** Whether a single task of a batch can be the reason for an error, rather than the engine's state or the token. */
function isOfOneTask(error: unknown): boolean {
  return error instanceof CapstanError && !error.retryable && error.code !== "unauthorized";
}
