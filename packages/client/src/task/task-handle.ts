import type { Rerun, OfferView, TaskView, TrialView } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { allItems } from "../connection/page.js";
import type { LogOptions } from "../log/follow-log.js";
import { outputOf } from "./output.js";
import { followTaskLog, type TaskLogChunk } from "./task-log.js";
import type { WaitRoom } from "./wait-room.js";
import type { WaitOptions } from "./wait.js";

/** A task that was launched. Holds nothing open; made anew from its id at any time, anywhere. */
export class TaskHandle<Result = unknown> {
  readonly id: string;
  /** Whether the launch met an earlier one with the same idempotency key. */
  readonly isDuplicate: boolean;
  readonly #connection: Connection;
  readonly #waits: WaitRoom;

  constructor(waits: WaitRoom, id: string, isDuplicate = false) {
    this.#connection = waits.connection;
    this.#waits = waits;
    this.id = id;
    this.isDuplicate = isDuplicate;
  }

  /**
   * Waits for the task and gives its output.
   * @throws CapstanError `task-failed` when its verdict is another than `succeeded`; `details` has the status, the cause
   * and the error of its last trial. `timed-out` after `timeoutMs`; the task goes on.
   */
  async result(options: WaitOptions = {}): Promise<Result> {
    return (await outputOf(this.#connection, await this.outcome(options), options.signal)) as Result;
  }

  /** Waits for the verdict, whatever it is, and gives the whole task. */
  outcome(options: WaitOptions = {}): Promise<TaskView> {
    return this.#waits.wait(this.id, options);
  }

  /** The task as it stands now. */
  refresh(signal?: AbortSignal): Promise<TaskView> {
    return this.#connection.call("getTask", { ...this.#parameters, signal });
  }

  /** Cancels it; the acknowledged cancel survives any crash. @throws CapstanError `already-final`. */
  async cancel(signal?: AbortSignal): Promise<TaskView> {
    const options = { ...this.#parameters, signal, doneCodes: ["already-final" as const] };
    return (await this.#connection.callOrDone("cancelTask", options)) ?? this.refresh(signal);
  }

  /** Opens a new round, with new budgets. @throws CapstanError `not-final`, or `unsafe-rerun` unless forced. */
  async rerun({ force, signal }: { readonly force?: boolean; readonly signal?: AbortSignal } = {}): Promise<TaskView> {
    const body = jsonBody({ force } satisfies { force?: Rerun["force"] | undefined });
    const options = { ...this.#parameters, body, signal, doneCodes: ["not-final" as const] };
    return (await this.#connection.callOrDone("rerunTask", options)) ?? this.refresh(signal);
  }

  /** Its trials of all rounds, oldest first. */
  trials(signal?: AbortSignal): Promise<TrialView[]> {
    return allItems(this.#connection, "listTrials", { ...this.#parameters, signal });
  }

  /** The last offers of it that came to nothing, oldest first: declined by a worker, not answered, or halted. */
  offers(signal?: AbortSignal): Promise<OfferView[]> {
    return allItems(this.#connection, "listOffers", { ...this.#parameters, signal });
  }

  /** What its last trial wrote; with `follow`, what the present trial and all after it write, until the verdict. */
  logs(options: Omit<LogOptions, "offset"> = {}): AsyncGenerator<TaskLogChunk, void, undefined> {
    return followTaskLog(this.#connection, this.id, options);
  }

  get #parameters(): { readonly parameters: { readonly task: string } } {
    return { parameters: { task: this.id } };
  }
}
