import type { Pause, PhaseView, Report, Rerun, TaskQuery, TaskView, TasksetView } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { allItems, items } from "../connection/page.js";
import { waitForTaskset, type WaitOptions } from "../task/wait.js";
import { followProgress, type ProgressOptions } from "./progress.js";

type WithSignal<T> = { readonly [K in keyof T]?: T[K] | undefined } & { readonly signal?: AbortSignal | undefined };
type Parameters = { readonly parameters: { readonly taskset: string } };

/** A taskset that was launched. Holds nothing open; made anew from its id at any time, anywhere. */
export class TasksetHandle {
  readonly id: string;
  /** Whether the launch met an earlier one with the same idempotency key. */
  readonly isDuplicate: boolean;
  /** How many tasks were launched; unknown to a handle made from an id. */
  readonly taskCount: number | undefined;
  readonly #connection: Connection;

  constructor(
    connection: Connection,
    id: string,
    launched?: { readonly tasks: number; readonly isDuplicate: boolean },
  ) {
    this.#connection = connection;
    this.id = id;
    this.isDuplicate = launched?.isDuplicate ?? false;
    this.taskCount = launched?.tasks;
  }

  /** Waits for its end and gives it with its counts. A taskset that failed is a result too: see its `status`. */
  result(options: WaitOptions = {}): Promise<TasksetView> {
    return waitForTaskset(this.#connection, this.id, options);
  }

  /** The taskset as it stands now. */
  refresh(signal?: AbortSignal): Promise<TasksetView> {
    return this.#connection.call("getTaskset", { ...this.#parameters, signal });
  }

  /** Grants nothing more of it; what runs goes on, unless `stop` puts it back. */
  async pause({ stop, signal }: WithSignal<Pause> = {}): Promise<TasksetView> {
    const options = { ...this.#parameters, body: jsonBody({ stop }), signal };
    return this.#connection.call("pauseTaskset", options);
  }

  /** @throws CapstanError `not-paused`. */
  async resume(signal?: AbortSignal): Promise<TasksetView> {
    const options = { ...this.#parameters, signal, doneCodes: ["not-paused" as const] };
    return (await this.#connection.callOrDone("resumeTaskset", options)) ?? this.refresh(signal);
  }

  /** Cancels what is unfinished. @throws CapstanError `already-final`. */
  async cancel(signal?: AbortSignal): Promise<TasksetView> {
    const options = { ...this.#parameters, signal, doneCodes: ["already-final" as const] };
    return (await this.#connection.callOrDone("cancelTaskset", options)) ?? this.refresh(signal);
  }

  /** Opens a new round of what did not succeed, or of `all`. @throws CapstanError `not-final`, `unsafe-rerun`. */
  async rerun({ what, force, signal }: WithSignal<Rerun> = {}): Promise<TasksetView> {
    const options = {
      ...this.#parameters,
      body: jsonBody({ what, force }),
      signal,
      doneCodes: ["not-final" as const],
    };
    return (await this.#connection.callOrDone("rerunTaskset", options)) ?? this.refresh(signal);
  }

  /** How sync, setup and clean-up of its workspace ended on each worker, oldest first. */
  phases(signal?: AbortSignal): Promise<PhaseView[]> {
    return allItems(this.#connection, "listPhases", { ...this.#parameters, signal });
  }

  /** All tasks with their verdicts. */
  report(signal?: AbortSignal): Promise<Report> {
    return this.#connection.call("reportTaskset", { ...this.#parameters, query: { format: "json" }, signal });
  }

  /** The report as JUnit XML. */
  junit(signal?: AbortSignal): Promise<string> {
    const headers = { accept: "application/xml" };
    return this.#connection.text("reportTaskset", { ...this.#parameters, query: { format: "junit" }, headers, signal });
  }

  /** Its tasks, page by page as they are asked for. */
  tasks(query: Omit<TaskQuery, "taskset" | "cursor"> = {}, signal?: AbortSignal): AsyncGenerator<TaskView> {
    return items(this.#connection, "listTasks", { query: { ...query, taskset: this.id }, signal });
  }

  /** The taskset now, and again after every change until its end. */
  progress(options: ProgressOptions = {}): AsyncGenerator<TasksetView, void, undefined> {
    return followProgress(this.#connection, this.id, options);
  }

  get #parameters(): Parameters {
    return { parameters: { taskset: this.id } };
  }
}
