import type { TaskHandle } from "@capstan/client";
import { isFinalTask, type TaskView } from "@capstan/protocol";
import type { Context } from "../context.js";
import { oneLine } from "../render/control.js";
import { LiveRegion } from "../render/live-region.js";
import { elapsed } from "../render/quantity.js";
import { why } from "../render/task.js";

/** A wait that is shorter needs no words. */
const quietMs = 2_000;
const lookEveryMs = 5_000;

/**
 * Waits for the verdict of a task, and says on stderr why it does not run when that takes long.
 * @throws CapstanError `not-found`, `unreachable`; `timed-out` after `timeoutMs`.
 */
export async function waitForTask(context: Context, handle: TaskHandle, timeoutMs?: number): Promise<TaskView> {
  // What does not exist, or an engine that is not there, is told at once instead of being waited for.
  const first = await handle.refresh();
  if (isFinalTask(first.status)) return first;
  const teller = new Teller(context, handle);
  try {
    return await handle.outcome({ timeoutMs });
  } finally {
    teller.stop();
  }
}

/** Tells how a task stands: in place on a terminal, and line by line as it changes elsewhere. */
class Teller {
  readonly #context: Context;
  readonly #handle: TaskHandle;
  readonly #region: LiveRegion | undefined;
  readonly #startedAtMs = Date.now();
  #timer: NodeJS.Timeout;
  #told = "";
  #isStopped = false;

  constructor(context: Context, handle: TaskHandle) {
    const { stderr } = context.io;
    const { columns = 80, rows = 24 } = stderr;
    this.#context = context;
    this.#handle = handle;
    this.#region =
      stderr.isTTY === true ? new LiveRegion({ raw: (text) => stderr.write(text), columns, rows }) : undefined;
    this.#timer = setTimeout(() => void this.#look(), quietMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#region?.clear();
  }

  async #look(): Promise<void> {
    // An engine that is away for a moment is waited for by the wait itself.
    const task = await this.#handle.refresh().catch(() => undefined);
    if (this.#isStopped) return;
    if (task !== undefined) this.#tell(task);
    this.#timer = setTimeout(() => void this.#look(), lookEveryMs);
  }

  #tell(task: TaskView): void {
    const reason = oneLine(why(task));
    const text = `${task.status}${reason === "" ? "" : `: ${reason}`}`;
    if (this.#region !== undefined) {
      if (!this.#context.output.isJson) this.#region.update([`${text} (${elapsed(Date.now() - this.#startedAtMs)})`]);
      return;
    }
    if (text !== this.#told) this.#context.output.note(`${task.id} ${text}`);
    this.#told = text;
  }
}
