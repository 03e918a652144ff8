import type { Statistics, WorkerView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { factLines } from "./facts.js";
import { ago, bytes, duration, percent } from "./quantity.js";
import { statusText } from "./status.js";
import type { Column } from "./table.js";
import { oneLine } from "./control.js";

/** The columns of a list of workers. */
export function workerColumns({ style }: Pick<Output, "style">, nowMs: number): Column<WorkerView>[] {
  return [
    { title: "WORKER", cell: ({ name }) => oneLine(name), isElastic: true },
    { title: "ID", cell: ({ id }) => id },
    {
      title: "STATUS",
      cell: ({ status, quarantines }) =>
        statusText(status, style) +
        (quarantines.length === 0 ? "" : style.yellow(` quarantined ×${quarantines.length}`)),
      value: ({ status }) => status,
    },
    { title: "SLOTS", cell: ({ slotsBusy, slots }) => `${slotsBusy}/${slots}`, isRight: true },
    { title: "CPU", cell: ({ statistics }) => share(statistics?.cpuShare), isRight: true },
    { title: "MEMORY", cell: ({ statistics }) => memoryShare(statistics), isRight: true },
    { title: "LOAD", cell: ({ statistics }) => statistics?.loadAverage?.toFixed(2) ?? "", isRight: true },
    {
      title: "SEEN",
      cell: ({ lastSeenAtMs }) => (lastSeenAtMs === undefined ? "" : style.dim(ago(lastSeenAtMs, nowMs))),
      value: ({ lastSeenAtMs }) => lastSeenAtMs ?? "",
    },
    { title: "LABELS", cell: ({ labels }) => labels.join(","), isElastic: true },
  ];
}

function share(value: number | undefined): string {
  return value === undefined ? "" : percent(value);
}

function memoryShare({ memoryBytesTotal: total, memoryBytesFree: free }: Statistics = {}): string {
  return total === undefined || free === undefined || total === 0 ? "" : percent(1 - free / total);
}

/** A worker, for `workers show`. */
export function workerLines(worker: WorkerView, { output, nowMs }: { output: Output; nowMs: number }): string[] {
  const { statistics = {}, lastSeenAtMs } = worker;
  const { memoryBytesTotal, memoryBytesFree, diskBytesFree, workerBytes } = statistics;
  const isMemoryKnown = memoryBytesTotal !== undefined && memoryBytesFree !== undefined;
  return factLines(
    [
      ["worker", worker.name],
      ["id", worker.id],
      ["status", statusText(worker.status, output.style)],
      ["slots", `${worker.slotsBusy} of ${worker.slots} busy`],
      ["labels", worker.labels.join(", ") || undefined],
      ["runtimes", worker.runtimes.join(", ")],
      ["seen", lastSeenAtMs === undefined ? undefined : ago(lastSeenAtMs, nowMs)],
      ["joined", ago(worker.joinedAtMs, nowMs)],
      ["last decline", worker.lastDecline],
      ["CPU", statistics.cpuShare === undefined ? undefined : percent(statistics.cpuShare)],
      ["load", statistics.loadAverage?.toFixed(2)],
      ["memory", isMemoryKnown ? `${bytes(memoryBytesFree)} of ${bytes(memoryBytesTotal)} free` : undefined],
      ["disk", diskBytesFree === undefined ? undefined : `${bytes(diskBytesFree)} free`],
      ["own memory", workerBytes === undefined ? undefined : bytes(workerBytes)],
      ["executors", statistics.executors],
      ["uptime", statistics.uptimeMs === undefined ? undefined : duration(statistics.uptimeMs)],
      ...worker.quarantines.map(
        ({ scope, name, reason, untilMs }) =>
          [
            "quarantined",
            `for ${scope} ${name}: ${reason}${untilMs === undefined ? "" : `, ends ${ago(untilMs, nowMs)}`}`,
          ] as const,
      ),
      ...worker.revisions.map((revision) => ["holds", revision] as const),
      ...worker.trials.map((trial) => ["runs", trial] as const),
    ],
    output,
  );
}
