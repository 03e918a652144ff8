import { readdirSync, readFileSync } from "node:fs";
import type { ProcessFigures, WorkerFigures } from "./sample.js";

interface Stat {
  readonly parentPid: number;
  readonly cpuSeconds: number;
}

const ticksPerSecond = 100;

/** All processes of the machine as they are now, read once for all questions about them. */
export class ProcessTable {
  readonly #stats = new Map<number, Stat>();
  readonly #children = new Map<number, number[]>();

  constructor() {
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
      if (stat === undefined) continue;
      this.#stats.set(pid, stat);
      const siblings = this.#children.get(stat.parentPid);
      if (siblings === undefined) this.#children.set(stat.parentPid, [pid]);
      else siblings.push(pid);
    }
  }

  /** Undefined when the process is gone. */
  figuresOf(pid: number): ProcessFigures | undefined {
    try {
      const tree = this.#treeOf(pid);
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return {
        pid,
        rssBytes: kilobytes(status, "VmRSS") * 1_024,
        anonBytes: kilobytes(status, "RssAnon") * 1_024,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        threads: kilobytes(status, "Threads"),
        children: tree.length - 1,
        cpuSeconds: tree.reduce((sum, each) => sum + (this.#stats.get(each)?.cpuSeconds ?? 0), 0),
      };
    } catch {
      return undefined;
    }
  }

  workerFiguresOf(pid: number): WorkerFigures | undefined {
    const figures = this.figuresOf(pid);
    const [spawner] = this.#children.get(pid) ?? [];
    return figures && { ...figures, spawnerBytes: (spawner && this.figuresOf(spawner)?.anonBytes) || 0 };
  }

  #treeOf(pid: number): number[] {
    return [pid, ...(this.#children.get(pid) ?? []).flatMap((child) => this.#treeOf(child))];
  }
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** Living processes only; one that has ended counts to its parent as soon as that has been told. */
function readStat(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parentPid: Number(fields[1]), cpuSeconds: ticks / ticksPerSecond };
  } catch {
    return undefined;
  }
}
