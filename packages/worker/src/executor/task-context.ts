/** What a task's code is given beside its input. Everything costly in it is made when first asked for. */
import type { OutputStream } from "./executor.js";

/** Facts of the trial that the code may want to know. */
export interface TrialFacts {
  readonly id: string;
  readonly task: string;
  readonly number: number;
  readonly round: number;
  readonly definition: string;
  readonly revision: string;
}

/** Writes a line each, with fields after the message: `debug` and `info` to stdout, the others to stderr. */
export interface TaskLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What the context asks of the executor that made it. */
export interface TaskHost {
  readonly facts: TrialFacts;
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string | undefined;
  write(stream: OutputStream, text: string): void;
  progress(fraction: number | undefined, note?: string): void;
}

/** Thrown by `skip`, so that it may be told from an error. */
export class TaskSkipped extends Error {
  override readonly name = "TaskSkipped";
}

/** Its functions may be taken out of it: `run(input, { progress })`. */
export class TaskContext {
  readonly #host: TaskHost;
  #controller: AbortController | undefined;
  #stopReason: string | undefined;
  #log: TaskLog | undefined;
  #counts: Record<string, number> | undefined;

  constructor(host: TaskHost) {
    this.#host = host;
  }

  /** Aborted when the trial is asked to stop. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopReason !== undefined) this.#controller.abort(stopError(this.#stopReason));
    }
    return this.#controller.signal;
  }

  get log(): TaskLog {
    return (this.#log ??= taskLog(this.#host));
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

  /** Tells how far the task is, from 0 to 1. */
  get progress(): (fraction?: number, note?: string) => void {
    return (fraction, note) => {
      const isKnown = typeof fraction === "number" && Number.isFinite(fraction);
      this.#host.progress(isKnown ? Math.min(1, Math.max(0, fraction)) : undefined, note);
    };
  }

  /** Reports named counts with the result, such as passed and failed examples. Later calls add to and replace earlier ones. */
  get counts(): (counts: Record<string, number>) => void {
    return (counts) => {
      this.#counts = { ...this.#counts, ...counts };
    };
  }

  /** Ends the task as skipped: it had nothing to do. */
  get skip(): (reason?: string) => never {
    return (reason) => {
      throw new TaskSkipped(reason ?? "the task had nothing to do");
    };
  }

  /** Counts reported so far. For the executor. */
  static countsOf(context: TaskContext): Record<string, number> | undefined {
    return context.#counts;
  }

  /** Aborts the signal. For the executor. */
  static stop(context: TaskContext, reason: string): void {
    context.#stopReason = reason;
    context.#controller?.abort(stopError(reason));
  }
}

function stopError(reason: string): DOMException {
  return new DOMException(
    `the trial was asked to stop: ${reason}`,
    reason === "timeout" ? "TimeoutError" : "AbortError",
  );
}

function taskLog(host: TaskHost): TaskLog {
  const write =
    (stream: OutputStream, prefix: string) =>
    (message: string, fields?: Record<string, unknown>): void =>
      host.write(stream, `${prefix}${message}${fields ? fieldsText(fields) : ""}\n`);
  return {
    debug: write("stdout", "debug: "),
    info: write("stdout", ""),
    warn: write("stderr", "warning: "),
    error: write("stderr", "error: "),
  };
}

function fieldsText(fields: Record<string, unknown>): string {
  let text = "";
  for (const [name, value] of Object.entries(fields)) text += ` ${name}=${fieldText(value)}`;
  return text;
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(value.message);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
