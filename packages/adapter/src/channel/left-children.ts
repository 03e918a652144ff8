/** Processes that a test file has started in a group of their own and left: where files share a process, nobody else ends them. */
import { readFileSync } from "node:fs";

/** Remembers the children of this process. Calling what it gives kills those that came since and lead a group of their own. */
export function guardChildren(): () => void {
  const before = new Set(children());
  return () => {
    for (const pid of children()) if (!before.has(pid) && leadsGroup(pid)) kill(pid);
  };
}

function children(): number[] {
  return read(`/proc/self/task/${process.pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** Only what is meant to stay does: a framework's own helpers stay in the group that they were started in. */
function leadsGroup(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) === pid;
}

function kill(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone by now.
  }
}

/** Empty where there is no such file, as on systems without /proc. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
