import type { Value } from "../row/value.js";
import type { PruneOptions } from "../store.js";
import type { Parameter, Runner } from "./session.js";

/** Where a sweep stands in a table: the values of its key. */
export type Place = readonly Value[];

export interface Candidate {
  readonly place: Place;
  readonly isPast: boolean;
}

/** One kind of thing that is pruned: where to look, what is past its retention, how to delete it. */
export interface PrunePhase {
  /** The place before all others. */
  readonly origin: Place;
  /** Things after a place in the order of their keys. */
  list(
    runner: Runner,
    after: Place,
    range: { readonly limit: number; readonly options: PruneOptions },
  ): Promise<readonly Candidate[]>;
  /** Deletes at most so many rows of the things at these places, and says how many. */
  remove(runner: Runner, places: readonly Place[], rowsMax: number): Promise<number>;
}

/** The values of places as one array a column. */
export function arraysOf(places: readonly Place[], width: number): Parameter[] {
  return Array.from({ length: width }, (_, at) => places.map((place) => place[at] as string | number));
}
