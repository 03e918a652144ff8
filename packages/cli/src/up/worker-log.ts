import type { EngineLog } from "./engine-module.js";

/** The events of a worker that are worth a line, with the level of each; the others belong to metrics. */
const levels: Readonly<Record<string, string>> = {
  joined: "info",
  resumed: "info",
  lost: "warn",
  refused: "error",
  cutOff: "warn",
  prepared: "info",
  prepareFailed: "error",
  spawnerDied: "error",
  draining: "info",
  undrained: "info",
  closed: "info",
};

/** Prints the events of a worker. */
export function workerLog(log: EngineLog): (event: { readonly type: string }) => void {
  return ({ type, ...fields }) => {
    const level = levels[type];
    if (level === undefined) return;
    const texts = Object.entries(fields as Record<string, unknown>).map(([name, value]) => [
      name,
      value instanceof Error ? value.message : value,
    ]);
    log(level, `worker ${type}`, Object.fromEntries(texts) as Record<string, unknown>);
  };
}
