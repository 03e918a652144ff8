import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU seconds that all descendants of this process have used, those that have ended included; its own are left out.
 * 0 where there is no `/proc`.
 */
export function descendantCpuSeconds(): number {
  const [, reaped] = cpuSeconds(process.pid);
  return childrenOf(process.pid).reduce((sum, pid) => sum + treeSeconds(pid), reaped);
}

function treeSeconds(pid: number): number {
  const [own, reaped] = cpuSeconds(pid);
  return childrenOf(pid).reduce((sum, child) => sum + treeSeconds(child), own + reaped);
}

/** Of the process itself, and of its children that it has waited for. */
function cpuSeconds(pid: number): [own: number, reaped: number] {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (at: number): number => Number(fields[at] ?? 0) / 100;
  return [seconds(11) + seconds(12), seconds(13) + seconds(14)];
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid)
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" "))
    .filter(Boolean)
    .map(Number);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when it has gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
