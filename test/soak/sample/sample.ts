import type { LoadFigures } from "../load/mixed-load.js";

/** What one process holds. */
export interface ProcessFigures {
  readonly pid: number;
  readonly rssBytes: number;
  /** Resident memory that is no file's: what a leak shows in. */
  readonly anonBytes: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Living children and theirs. */
  readonly children: number;
  /** Used since its start, its children included, living and ended. */
  readonly cpuSeconds: number;
}

export interface WorkerFigures extends ProcessFigures {
  /** Memory of its spawner, which is its only child of its own. */
  readonly spawnerBytes: number;
}

/** What the engine's metrics say of it. */
export interface EngineFigures {
  readonly heapBytes: number;
  /** The part of the heap for what has lived for a while. */
  readonly oldHeapBytes: number;
  readonly externalBytes: number;
  /** Entries of what it keeps in memory, by what they are. */
  readonly held: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number>>;
  readonly finished: number;
  readonly sweepMended: number;
  readonly commitsFailed: number;
}

export interface StoreFigures {
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly blobBytes: number;
  readonly blobFiles: number;
  /** Of the database without its free pages, which are used again before the file grows; looked at less often. */
  readonly usedBytes?: number;
  readonly rows?: Readonly<Record<string, number>>;
}

/** How long it took a task that does nothing from its launch to its verdict, since the last sample. */
export interface ProbeFigures {
  readonly count: number;
  readonly medianMs: number;
  readonly mostMs: number;
}

/** Everything about a run at one moment: a line of its NDJSON. */
export interface Sample {
  /** Since the run began. */
  readonly atMs: number;
  readonly engine: ProcessFigures & EngineFigures;
  /** By name; `guest` only while it is there. */
  readonly workers: Readonly<Record<string, WorkerFigures>>;
  readonly store: StoreFigures;
  /** The workers' folder of revisions. */
  readonly cacheBytes: number;
  readonly probe: ProbeFigures;
  readonly load: LoadFigures;
  /** The process that makes the load and takes the samples: all clients are in it. */
  readonly clients: ProcessFigures;
}
