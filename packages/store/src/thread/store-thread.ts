import { Worker } from "node:worker_threads";
import { CapstanError } from "@capstan/protocol/plain";
import { receiveError, type Answer } from "./message.js";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread of the store, seen from the engine's: calls go in order, each is answered once. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #failure: CapstanError | undefined;

  constructor(file: URL, workerData: unknown) {
    this.#worker = new Worker(file, { workerData, name: "capstan-store" });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(undefined));
  }

  async call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#calls += 1;
    const n = this.#calls;
    const result = await new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage({ n, name, args });
    });
    return result as T;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.n);
    this.#waiting.delete(answer.n);
    if ("error" in answer) waiting?.reject(receiveError(answer.error));
    else waiting?.resolve(answer.result);
  }

  /** A thread that is gone answers nobody: whoever waits is told, and so is every later call. */
  #fail(cause: unknown): void {
    this.#failure ??= new CapstanError("store-failed", "the thread of the store has ended; start the engine again", {
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
