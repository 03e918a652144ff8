/** Signals to process groups, told apart from errors of our own. */

/** Sends a signal to every process of a group; a group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  signalOne(-pid, signal);
}

/** Sends a signal to a process (or, negative, a group) that may be gone. */
export function signalOne(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0 || pid === -1 || pid === 1) throw new RangeError(`refusing to signal ${pid}`);
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Whether a group has a process that can be signalled. */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
