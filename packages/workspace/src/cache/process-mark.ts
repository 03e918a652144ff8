import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

/** A name for something that belongs to this process and is worthless after its end: `<pid>-<start>-<random>`. */
export function newMark(): string {
  return `${process.pid}-${startOf(process.pid) ?? "0"}-${randomBytes(6).toString("hex")}`;
}

/**
 * Whether the process that a mark names still runs. In a container a process often has the number of the one before it,
 * so that its start counts too where the system tells it.
 */
export function isMarkAlive(mark: string): boolean {
  const parts = /^([1-9]\d{0,9})-(\d{1,20})-[0-9a-f]+$/.exec(mark);
  if (parts === null) return false;
  const pid = Number(parts[1]);
  if (!isProcess(pid)) return false;
  const start = startOf(pid);
  return start === undefined || parts[2] === "0" || start === parts[2];
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in ticks since the machine did; undefined where there is no `/proc`. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command, in parentheses, may have spaces and parentheses itself.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
