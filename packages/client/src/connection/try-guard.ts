import { CapstanError, type Clock, type Timer } from "@capstan/protocol";

export interface TryGuardOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The caller's. */
  readonly signal?: AbortSignal | undefined;
  readonly url: string;
}

/** Ends one try of a call when its time is over or its caller gives up, and says which of both it was. */
export class TryGuard {
  readonly #controller = new AbortController();
  readonly #options: TryGuardOptions;
  readonly #timer: Timer;
  readonly #onAbort = (): void => this.#controller.abort(this.#options.signal?.reason);
  #isLate = false;

  constructor(options: TryGuardOptions) {
    this.#options = options;
    this.#timer = options.clock.setTimer(options.timeoutMs, () => {
      this.#isLate = true;
      this.#controller.abort();
    });
    if (options.signal?.aborted === true) this.#onAbort();
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends what is under way, as when a stream is left by its reader. */
  abort(): void {
    this.#controller.abort();
  }

  /** The head of the answer came in time; its body may take longer. */
  stopTimer(): void {
    this.#timer.cancel();
  }

  release(): void {
    this.#timer.cancel();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** What a failure of the try means for the caller. */
  explain(error: unknown): unknown {
    const { signal, timeoutMs, url } = this.#options;
    if (signal?.aborted === true) return signal.reason;
    if (this.#isLate) return new CapstanError("timed-out", `the engine at ${url} did not answer in ${timeoutMs} ms`);
    if (error instanceof CapstanError || error instanceof BodyError) return error;
    return new CapstanError("unreachable", `the engine at ${url} cannot be reached: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A streamed body that failed by itself, so that the network is not blamed. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

/** fetch hides the reason in the causes of its "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { readonly code?: unknown };
  return error.message || (typeof code === "string" ? code : error.name);
}
