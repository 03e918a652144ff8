import type { Capstan, TasksetHandle } from "@capstan/client";
import { isFinalTaskset, type TasksetView } from "@capstan/protocol";
import type { Context } from "../context.js";
import { makeDisplay, type Display, type DisplayOptions } from "./display.js";
import { Failures } from "./failure.js";
import { watchWorkers } from "./present-workers.js";
import { RunningTasks } from "./running-tasks.js";

export interface ShowOptions extends DisplayOptions {
  readonly handle: TasksetHandle;
  readonly timeoutMs?: number | undefined;
  /** Shows the failures with their output as they happen; default false. */
  readonly hasFailures?: boolean;
  /** Tells which workers come and go; default false. */
  readonly hasWorkers?: boolean;
}

/**
 * Shows a taskset until its end and gives that.
 * @throws CapstanError `timed-out` after `timeoutMs`.
 */
export async function showProgress(context: Context, client: Capstan, options: ShowOptions): Promise<TasksetView> {
  const { handle, timeoutMs } = options;
  const display = makeDisplay(context.output, options);
  const failures = options.hasFailures === true ? new Failures(client, handle.id) : undefined;
  const ending = new AbortController();
  // The end is waited for by itself, so that it is known at once; what is shown until then is only shown.
  const looking = look(client, { handle, display, failures, signal: ending.signal }).catch(() => {});
  const signal = ending.signal;
  const present = options.hasWorkers === true ? showWorkers(client, display, signal).catch(() => {}) : undefined;
  try {
    const end = await handle.result({ timeoutMs });
    ending.abort();
    await looking;
    await showFailures(end, display, failures);
    if (failures !== undefined) display.hidden(failures.hiddenCount(end), handle.id);
    return end;
  } finally {
    ending.abort();
    await Promise.all([looking, present]);
    display.close();
  }
}

interface LookOptions {
  readonly handle: TasksetHandle;
  readonly display: Display;
  readonly failures: Failures | undefined;
  readonly signal: AbortSignal;
}

async function showWorkers(client: Capstan, display: Display, signal: AbortSignal): Promise<void> {
  for await (const present of watchWorkers(client, signal)) if (!signal.aborted) display.workers(present);
}

/** How long after a grant its task is in the lists. */
const listedMs = 1_000;

async function look(client: Capstan, { handle, display, failures, signal }: LookOptions): Promise<void> {
  const running = new RunningTasks(client, handle.id);
  let again: NodeJS.Timeout | undefined;
  const show = async (view: TasksetView): Promise<void> => {
    clearTimeout(again);
    if (display.showsRunning) await running.refresh(view, Date.now());
    if (signal.aborted) return;
    display.update(view, running.list);
    if (display.showsRunning && running.lacksSome(view))
      again = setTimeout(() => void show(view).catch(() => {}), listedMs);
  };
  try {
    for await (const view of handle.progress({ everyMs: display.everyMs, signal })) {
      if (isFinalTaskset(view.status) || signal.aborted) return;
      await show(view);
      await showFailures(view, display, failures);
    }
  } finally {
    clearTimeout(again);
  }
}

async function showFailures(view: TasksetView, display: Display, failures: Failures | undefined): Promise<void> {
  for await (const failure of failures?.next(view) ?? []) display.failure(failure);
}
