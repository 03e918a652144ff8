import type { Taskset } from "../state/taskset.js";
import type { Cell } from "./cell.js";

/**
 * A unit of fairness: one taskset, or the lone tasks of one definition. Lanes take turns by weight (stride scheduling):
 * each task taken moves its lane's pass on by 1/weight, and the lane with the lowest pass is next.
 */
export class Lane {
  pass = 0;
  readonly cells: Cell[] = [];
  /** Closed while its taskset is paused, not sealed, ending, or at its slots. */
  isOpen = true;
  taskset: Taskset | null = null;

  constructor(
    readonly id: string,
    readonly order: number,
    readonly weight: number,
  ) {}
}
