import { cpuSecondsOf } from "../bed/process-tree.js";

/** CPU time of processes that come and go, as far as it was looked at while they lived. */
export class CpuMeter {
  readonly #seen = new Map<number, number>();
  #gone = 0;

  /** Takes down what the processes have used so far. */
  read(pids: readonly number[]): void {
    for (const pid of pids) {
      const seconds = secondsOf(pid);
      const before = this.#seen.get(pid) ?? 0;
      // Less than before: the number belongs to another process now.
      if (seconds < before) this.#gone += before;
      if (seconds > 0) this.#seen.set(pid, seconds);
    }
  }

  get seconds(): number {
    return [...this.#seen.values()].reduce((sum, seconds) => sum + seconds, this.#gone);
  }
}

function secondsOf(pid: number): number {
  try {
    return cpuSecondsOf(pid);
  } catch {
    return 0;
  }
}
