/**
 * Samples the memory of groups that have a limit, and says which exceed it. Idle when no group has one, or when the kernel
 * limits them.
 */
import { treeMemoryBytes } from "./stray.js";
import type { Group } from "./group.js";

/** Time between two looks. A group may exceed its limit for that long. */
const sampleMs = 100;

export class MemoryWatch {
  readonly #groups = new Set<Group>();
  readonly #exceed: (group: Group, memoryBytes: number) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(exceed: (group: Group, memoryBytes: number) => void) {
    this.#exceed = exceed;
  }

  /** Sets or lifts the limit of a group. */
  limit(group: Group, memoryBytesMax: number | undefined): void {
    group.memoryBytesMax = memoryBytesMax;
    const controls = group.controls?.own;
    if (controls?.hasMemory) return controls.limitMemory(memoryBytesMax);
    if (memoryBytesMax === undefined) this.#groups.delete(group);
    else this.#groups.add(group);
    if (this.#groups.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#sample(), sampleMs);
    }
  }

  #sample(): void {
    for (const group of this.#groups) {
      const { pid, memoryBytesMax } = group;
      if (pid === undefined || memoryBytesMax === undefined) continue;
      const memoryBytes = treeMemoryBytes(pid);
      group.memoryBytesPeak = Math.max(group.memoryBytesPeak, memoryBytes);
      if (memoryBytes <= memoryBytesMax) continue;
      this.limit(group, undefined);
      group.memoryBytesExceeded = memoryBytes;
      this.#exceed(group, memoryBytes);
    }
  }
}
