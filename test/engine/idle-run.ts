import { setTimeout as pause } from "node:timers/promises";
import { deployProbe } from "../bed/deploy-probe.js";
import { cpuSecondsOf } from "../bed/process-tree.js";
import { withBed } from "../bed/process-bed.js";

export interface IdleReport {
  readonly delayedTasks: number;
  readonly seconds: number;
  /** Share of one core, in percent. */
  readonly enginePercent: number;
  readonly workerPercent: number;
}

/** Measures what an engine with delayed tasks and an idle worker use while nothing happens. */
export function idleRun({ tasks, forMs }: { tasks: number; forMs: number }): Promise<IdleReport> {
  return withBed(async (bed) => {
    await bed.startEngine();
    await deployProbe(bed.client);
    const inputs = Array.from({ length: tasks }, (_, n) => ({ journal: bed.journal.file, n }));
    await bed.client.launchMany("probe/note", inputs, { delayMs: 3_600_000 });
    const worker = await bed.startWorker("idle", { slots: 4 });
    // What starting and launching leave behind (compiling, collecting garbage) is not idling.
    await pause(3_000);
    const roles = [bed.engine!.pid, worker.script.pid];
    const before = roles.map(cpuSecondsOf);
    await pause(forMs);
    const percent = roles.map((pid, at) => ((cpuSecondsOf(pid) - before[at]!) / (forMs / 1_000)) * 100);
    const rounded = percent.map((value) => Math.round(value * 100) / 100);
    return { delayedTasks: tasks, seconds: forMs / 1_000, enginePercent: rounded[0]!, workerPercent: rounded[1]! };
  });
}
