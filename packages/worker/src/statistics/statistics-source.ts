import { availableParallelism, cpus, freemem, loadavg, totalmem } from "node:os";
import { statfs } from "node:fs/promises";
import type { Clock, WorkerMessageOf } from "@capstan/protocol";

/** What a heartbeat tells of the machine and the worker. */
export type Statistics = NonNullable<WorkerMessageOf<"heartbeat">["statistics"]>;

/** What the worker itself adds. */
export interface WorkerUse {
  readonly slotsBusy: number;
  readonly executors: number;
}

/** The free space of a disk changes slowly, and asking for it is a call into the file system. */
const diskEveryMs = 30_000;

interface CpuTimes {
  readonly busyMs: number;
  readonly allMs: number;
}

/** Reads the machine's figures, at each heartbeat and never between them. */
export class StatisticsSource {
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #startedAtMs: number;
  #cpuTimes = readCpuTimes();
  #diskBytesFree: number | undefined;
  #diskReadAtMs = -Infinity;

  /** `folder` is where the worker keeps its files: the disk that matters. */
  constructor(clock: Clock, folder: string) {
    this.#clock = clock;
    this.#folder = folder;
    this.#startedAtMs = clock.monotonicMs();
  }

  read(use: WorkerUse): Statistics {
    const nowMs = this.#clock.monotonicMs();
    this.#refreshDisk(nowMs);
    return {
      cpuShare: this.#cpuShare(),
      loadAverage: (loadavg()[0] ?? 0) / availableParallelism(),
      memoryBytesTotal: memoryBytesTotal(),
      memoryBytesFree: freemem(),
      workerBytes: process.memoryUsage.rss(),
      slotsBusy: use.slotsBusy,
      executors: use.executors,
      uptimeMs: nowMs - this.#startedAtMs,
      ...(this.#diskBytesFree === undefined ? {} : { diskBytesFree: this.#diskBytesFree }),
    };
  }

  #cpuShare(): number {
    const before = this.#cpuTimes;
    this.#cpuTimes = readCpuTimes();
    const allMs = this.#cpuTimes.allMs - before.allMs;
    return allMs <= 0 ? 0 : Math.min(1, Math.max(0, (this.#cpuTimes.busyMs - before.busyMs) / allMs));
  }

  #refreshDisk(nowMs: number): void {
    if (nowMs - this.#diskReadAtMs < diskEveryMs) return;
    this.#diskReadAtMs = nowMs;
    statfs(this.#folder).then(
      ({ bavail, bsize }) => (this.#diskBytesFree = bavail * bsize),
      () => (this.#diskBytesFree = undefined),
    );
  }
}

function readCpuTimes(): CpuTimes {
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busyMs += user + nice + sys + irq;
    allMs += user + nice + sys + irq + idle;
  }
  return { busyMs, allMs };
}

/** Of the machine, or of the container that the worker is confined to. */
function memoryBytesTotal(): number {
  const confined = process.constrainedMemory?.() ?? 0;
  const total = totalmem();
  return confined > 0 && confined < total ? confined : total;
}
