import { CapstanError, limits, type TaskView, type TasksetView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { patient } from "../connection/retry.js";
import { sleep } from "../connection/sleep.js";

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** Waits for a task's verdict, whatever it is. The engine holds the answer back until there is one: nothing is polled. */
export async function waitForTask(connection: Connection, task: string, options: WaitOptions): Promise<TaskView> {
  return longPoll(connection, { ...options, what: task }, async (waitMs, retry) => {
    const { signal } = options;
    const call = { parameters: { task }, query: { waitMs }, extraMs: waitMs, signal, retry };
    const { isFinal, task: view } = await connection.call("waitTask", call);
    return isFinal ? view : undefined;
  });
}

/** Waits for a taskset's end. */
export async function waitForTaskset(
  connection: Connection,
  taskset: string,
  options: WaitOptions,
): Promise<TasksetView> {
  return longPoll(connection, { ...options, what: taskset }, async (waitMs, retry) => {
    const { signal } = options;
    const call = { parameters: { taskset }, query: { waitMs }, extraMs: waitMs, signal, retry };
    const { isFinal, taskset: view } = await connection.call("waitTaskset", call);
    return isFinal ? view : undefined;
  });
}

/** The error of a wait whose time is over. */
export function notEnded(what: string, timeoutMs: number): CapstanError {
  const remedy = "it goes on, and can be waited for again";
  return new CapstanError("timed-out", `${what} has not ended in ${timeoutMs} ms: ${remedy}`);
}

type Ask<T> = (waitMs: number, retry: ReturnType<typeof patient>) => Promise<T | undefined>;

async function longPoll<T>(
  connection: Connection,
  { signal, timeoutMs = Number.POSITIVE_INFINITY, what }: WaitOptions & { readonly what: string },
  ask: Ask<T>,
): Promise<T> {
  const { clock, retry } = connection.settings;
  const startedAtMs = clock.monotonicMs();
  for (let early = 0; ;) {
    const askedAtMs = clock.monotonicMs();
    const leftMs = Math.max(0, timeoutMs - (askedAtMs - startedAtMs));
    const waitMs = Math.ceil(Math.min(limits.waitMsMax, leftMs));
    const found = await ask(waitMs, { ...patient(retry), totalMs: Math.min(patient(retry).totalMs, leftMs) });
    if (found !== undefined) return found;
    if (leftMs <= limits.waitMsMax) throw notEnded(what, timeoutMs);
    // An engine that answers before the time is about to stop: asking it again at once would be polling.
    const isEarly = clock.monotonicMs() - askedAtMs < waitMs / 2;
    early = isEarly ? early + 1 : 0;
    if (isEarly) await sleep(clock, Math.min(retry.maxMs, retry.initialMs * 2 ** Math.min(early, 20)), signal);
  }
}
