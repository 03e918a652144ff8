import type { Log, LogLevel } from "./log.js";

/** The events of a worker that are worth a line, with the level of each; the others belong to metrics. */
const levels: Readonly<Record<string, LogLevel>> = {
  joined: "info",
  resumed: "info",
  lost: "warn",
  refused: "error",
  cutOff: "warn",
  prepared: "info",
  prepareFailed: "error",
  phaseEnded: "info",
  spawnerDied: "error",
  draining: "info",
  undrained: "info",
  closed: "info",
};

/** The end of an executor is worth one when it printed something after its last trial, as hooks do. */
function exitLevel(type: string, { output, cause }: { readonly output?: string; readonly cause?: string }) {
  if (type !== "executorExited" || output === undefined) return undefined;
  return cause === "normal" ? "info" : "warn";
}

/** Logs the events of a worker. */
export function workerLog(log: Log): (event: { readonly type: string }) => void {
  return ({ type, ...fields }) => {
    const level = levels[type] ?? exitLevel(type, fields);
    if (level !== undefined) log(level, `worker ${type}`, fields);
  };
}
