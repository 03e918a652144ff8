import type { PhaseRow } from "@capstan/core";
import type { PhaseView } from "@capstan/protocol";
import { column, present } from "./column.js";

export function phaseView({
  worker,
  workerName,
  phase,
  status,
  durationMs,
  message,
  log,
  endedAtMs,
}: PhaseRow): PhaseView {
  return {
    worker,
    workerName,
    phase,
    status,
    durationMs,
    ...present({ message: column(message), log: column(log) }),
    endedAtMs,
  };
}
