/** A timer that waits for its time. */
export interface PendingTimer {
  readonly dueMs: number;
  /** Timers of the same time fire in the order in which they were set. */
  readonly sequence: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Timers by time, then by order of setting: a binary heap. Cancelled ones leave when they come to its top. */
export class TimerHeap {
  readonly #timers: PendingTimer[] = [];

  push(timer: PendingTimer): void {
    const timers = this.#timers;
    let at = timers.length;
    timers.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, timers[parent]!)) break;
      timers[at] = timers[parent]!;
      at = parent;
    }
    timers[at] = timer;
  }

  /** The timer that fires next. */
  peek(): PendingTimer | undefined {
    while (this.#timers[0]?.isCancelled === true) this.#removeTop();
    return this.#timers[0];
  }

  pop(): PendingTimer | undefined {
    const top = this.peek();
    if (top !== undefined) this.#removeTop();
    return top;
  }

  /** How many timers will fire. */
  count(): number {
    return this.#timers.reduce((sum, timer) => sum + (timer.isCancelled ? 0 : 1), 0);
  }

  #removeTop(): void {
    const timers = this.#timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1]!, timers[child]!)) child += 1;
      if (!isBefore(timers[child]!, last)) break;
      timers[at] = timers[child]!;
      at = child;
    }
    timers[at] = last;
  }
}

function isBefore(left: PendingTimer, right: PendingTimer): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.sequence < right.sequence);
}
