import { CapstanError, type EventView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { followEvents, type EventOptions } from "./event-stream.js";

export interface WatchOptions extends Omit<EventOptions, "after"> {
  readonly onEvent?: (event: EventView) => void;
  /** Called when events may have been missed: whatever they would have told is to be read anew. */
  readonly onGap?: () => void;
}

/** Follows events in the background for those who only want to know that something changed. */
export class Watch {
  readonly #connection: Connection;
  readonly #options: WatchOptions;
  readonly #controller = new AbortController();
  readonly #opened: Promise<void>;
  #markOpen: () => void = () => {};
  #hasChanged = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #wake: () => void = () => {};

  constructor(connection: Connection, options: WatchOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#opened = new Promise((resolve) => (this.#markOpen = resolve));
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    this.#failed.catch(() => {});
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#onAbort();
    void this.#run();
  }

  /** Resolves when no later change is missed; what happened before is to be read now. */
  async opened(): Promise<void> {
    await this.#opened;
    this.#throwFailure();
  }

  /** Resolves at the first change since the last call. */
  async changed(): Promise<void> {
    while (!this.#hasChanged) {
      this.#throwFailure();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.#hasChanged = false;
  }

  /** Rejects when the watch has failed for good; never resolves. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  stop(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#controller.abort(new CapstanError("unreachable", "the watch was stopped"));
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#options.signal?.reason);

  async #run(): Promise<void> {
    try {
      while (!this.#controller.signal.aborted) await this.#follow();
    } catch (error) {
      this.#failure = { error };
      this.#fail(error);
    }
    this.#markOpen();
    this.#wake();
  }

  async #follow(): Promise<void> {
    const { onEvent, onGap, ...options } = this.#options;
    const onOpen = (hasGap: boolean): void => {
      this.#markOpen();
      if (hasGap) onGap?.();
      this.#change();
    };
    try {
      const signal = this.#controller.signal;
      for await (const event of followEvents(this.#connection, { ...options, signal }, { onOpen })) {
        onEvent?.(event);
        this.#change();
      }
    } catch (error) {
      // Whoever only wants to know of changes reads the present state anyway, and goes on from there.
      if (!(error instanceof CapstanError && error.code === "cursor-expired")) throw error;
      onGap?.();
    }
  }

  #change(): void {
    this.#hasChanged = true;
    this.#wake();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
