import type { Capstan, TasksetHandle } from "@capstan/client";
import { CapstanError, isFinalTaskset, type TasksetView } from "@capstan/protocol";
import type { Context } from "../context.js";
import { makeDisplay, type Display } from "./display.js";
import { Failures } from "./failure.js";
import { RunningTasks } from "./running-tasks.js";

export interface ShowOptions {
  readonly handle: TasksetHandle;
  readonly timeoutMs?: number | undefined;
  /** Shows the failures with their output as they happen; default false. */
  readonly hasFailures?: boolean;
  /** What is said of the taskset beside its counts, if anything. */
  readonly remark?: () => string | undefined;
}

/**
 * Shows a taskset until its end and gives that.
 * @throws CapstanError `timed-out` after `timeoutMs`.
 */
export async function showProgress(context: Context, client: Capstan, options: ShowOptions): Promise<TasksetView> {
  const { handle, timeoutMs } = options;
  const display = makeDisplay(context.output, options.remark);
  const ending = new AbortController();
  const late = new CapstanError(
    "timed-out",
    `${handle.id} has not ended in ${timeoutMs} ms: it goes on, and can be waited for again`,
  );
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => ending.abort(late), timeoutMs);
  try {
    return await follow(client, { ...options, display, signal: ending.signal });
  } catch (error) {
    throw ending.signal.aborted ? late : error;
  } finally {
    clearTimeout(timer);
    display.close();
  }
}

interface FollowOptions extends ShowOptions {
  readonly display: Display;
  readonly signal: AbortSignal;
}

async function follow(client: Capstan, { handle, display, signal, hasFailures }: FollowOptions): Promise<TasksetView> {
  const failures = hasFailures === true ? new Failures(client, handle.id) : undefined;
  const running = new RunningTasks(client, handle.id);
  let last: TasksetView | undefined;
  for await (const view of handle.progress({ everyMs: display.everyMs, signal })) {
    last = view;
    if (display.showsRunning && !isFinalTaskset(view.status)) await running.refresh(view, Date.now());
    display.update(view, running.list);
    for await (const failure of failures?.next(view) ?? []) display.failure(failure);
  }
  last ??= await handle.refresh(signal);
  if (failures !== undefined) display.hidden(failures.hiddenCount(last), handle.id);
  return last;
}
