/** What a task's code may ask for of its trial. Everything costly is made when it is first asked for. */
import { makeTaskLog, type TaskContextParts, type TaskLog, type TrialFacts } from "@capstan/plugin/run";
import type { OutputStream } from "./executor.js";

/** The executor's side of one trial. */
export interface TaskHost {
  readonly facts: TrialFacts;
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string | undefined;
  write(stream: OutputStream, text: string): void;
  progress(fraction: number | undefined, note?: string): void;
}

export class TaskParts implements TaskContextParts {
  readonly #host: TaskHost;
  #controller: AbortController | undefined;
  #stopReason: string | undefined;
  #log: TaskLog | undefined;
  #counted: Record<string, number> | undefined;

  constructor(host: TaskHost) {
    this.#host = host;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopReason !== undefined) this.#controller.abort(stopError(this.#stopReason));
    }
    return this.#controller.signal;
  }

  get log(): TaskLog {
    return (this.#log ??= makeTaskLog((line) => this.#host.write("stderr", line)));
  }

  get trial(): TrialFacts {
    return this.#host.facts;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#host.env;
  }

  get workspace(): string | undefined {
    return this.#host.workspace;
  }

  progress(fraction: number | undefined, note?: string): void {
    this.#host.progress(fraction, note);
  }

  counts(counts: Readonly<Record<string, number>>): void {
    this.#counted = { ...this.#counted, ...counts };
  }

  /** Counts reported so far. */
  get counted(): Record<string, number> | undefined {
    return this.#counted;
  }

  /** Asks the task to stop, by its signal. */
  stop(reason: string): void {
    this.#stopReason = reason;
    this.#controller?.abort(stopError(reason));
  }
}

function stopError(reason: string): DOMException {
  return new DOMException(
    `the trial was asked to stop: ${reason}`,
    reason === "timeout" ? "TimeoutError" : "AbortError",
  );
}
