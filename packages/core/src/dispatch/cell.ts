import { IndexedHeap } from "../heap/indexed-heap.js";
import type { Demand } from "./demand.js";
import type { Lane } from "./lane.js";
import { isClassBefore, type TaskClass } from "./task-class.js";

/** The classes of one lane that match the same workers at one priority. On its demand's shelf while any of them is ready. */
export class Cell {
  readonly ready = new IndexedHeap<TaskClass>(isClassBefore);
  heapAt = -1;
  /** Its lane's pass when it was last placed: the lane may have moved on since, never back. */
  passSeen = 0;
  /** The priority raised by ageing. */
  level: number;
  isOnShelf = false;
  classes = 0;

  constructor(
    readonly demand: Demand,
    readonly lane: Lane,
    readonly priority: number,
  ) {
    this.level = priority;
  }
}

export function isCellBefore(left: Cell, right: Cell): boolean {
  if (left.passSeen !== right.passSeen) return left.passSeen < right.passSeen;
  return left.lane.order < right.lane.order;
}
