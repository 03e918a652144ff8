import type { PhaseView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { oneLine, safeLine } from "./control.js";
import { ago, duration } from "./quantity.js";
import { statusText } from "./status.js";
import type { Column } from "./table.js";

const words = { sync: "sync", setup: "setup", cleanUp: "clean-up" } as const;
/** The end of a log is where it went wrong. */
const linesMax = 20;

/** The phases of a taskset on its workers, for `tasksets phases`. */
export function phaseColumns({ style }: Pick<Output, "style">, nowMs: number): Column<PhaseView>[] {
  return [
    { title: "WORKER", cell: ({ workerName }) => oneLine(workerName), isElastic: true },
    { title: "PHASE", cell: ({ phase }) => words[phase] },
    { title: "STATUS", cell: ({ status }) => statusText(status, style) },
    {
      title: "TOOK",
      cell: ({ durationMs }) => duration(durationMs),
      value: ({ durationMs }) => durationMs,
      isRight: true,
    },
    { title: "WHY", cell: ({ message }) => oneLine(message ?? ""), isElastic: true },
    { title: "ENDED", cell: ({ endedAtMs }) => ago(endedAtMs, nowMs), value: ({ endedAtMs }) => endedAtMs },
  ];
}

/** Workers that did not get ready: why, and the end of what they wrote. */
export function unreadyLines(phases: readonly PhaseView[], { style }: Pick<Output, "style">): string[] {
  return phases
    .filter(({ status }) => status === "failed" || status === "timeout")
    .flatMap(({ workerName, phase, status, message, log }) => [
      `${oneLine(workerName)}: ${words[phase]} ${statusText(status, style)}${message === undefined ? "" : `: ${oneLine(message)}`}`,
      ...logLines(log ?? "").map((line) => `    ${safeLine(line, style.isColorSupported)}`),
    ]);
}

function logLines(log: string): string[] {
  const lines = log.split("\n").slice(0, log.endsWith("\n") ? -1 : undefined);
  return log === "" ? [] : lines.slice(-linesMax);
}
