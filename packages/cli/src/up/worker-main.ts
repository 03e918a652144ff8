import type { Worker } from "@capstan/worker";
import { workerLog } from "./worker-log.js";
import type { WorkerFlags } from "./worker-options.js";
import type { WorkerOrder, WorkerReport } from "./worker-process.js";

/** The process of one worker of `capstan up`. Signals reach the whole group; the parent alone decides what they mean. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

let starting: Promise<Worker> | undefined;
let hasJoined = false;
let isClosing = false;

function tell(report: WorkerReport): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => {});
}

/** Errors have no fields of their own on the way to the parent. */
function plainFields(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Error ? value.message : value,
    ]),
  );
}

async function start(flags: WorkerFlags): Promise<void> {
  const onEvent = workerLog((level, message, fields = {}) =>
    tell({ type: "log", level, message, fields: plainFields(fields) }),
  );
  starting = import("@capstan/worker").then(({ startWorker }) => startWorker({ ...flags, onEvent }));
  try {
    await starting;
    hasJoined = true;
    tell({ type: "ready" });
  } catch (error) {
    tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect?.();
  }
}

async function close(graceMs: number): Promise<void> {
  if (isClosing) {
    if (graceMs === 0) (await starting)?.force();
    return;
  }
  isClosing = true;
  await (await starting?.catch(() => undefined))?.close({ graceMs });
  process.exit();
}

process.on("message", (order: WorkerOrder) => {
  if (order.type === "start") void start(order.flags);
  else void close(order.graceMs);
});
// The parent is gone without a word: what runs is stopped. The engine was its own, so that one who still joins would try for ever.
process.on("disconnect", () => {
  if (hasJoined) void close(0);
  else process.exit();
});
