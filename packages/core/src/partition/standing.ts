/*
 * Which engines share a store, and which partitions each has: what the store says at one moment. Core decides by it who
 * should have what, see `planPartitions`.
 */

export interface EngineStanding {
  readonly id: string;
  /** Where workers and other engines reach it. */
  readonly address: string;
  /** Its part of the partitions beside the weights of the others. */
  readonly weight: number;
  /** Of its lease, by the clock of the store; none is left at 0 or below. */
  readonly remainingMs: number;
}

export interface PartitionStanding {
  readonly partition: number;
  readonly epoch: number;
  /** Null when it was given up in order; it may name an engine that is gone. */
  readonly engine: string | null;
  /** Who alone may take it while nobody has it and that engine is there. */
  readonly handedTo: string | null;
}

export interface Standing {
  /** In the order in which they joined. */
  readonly engines: readonly EngineStanding[];
  readonly partitions: readonly PartitionStanding[];
}
