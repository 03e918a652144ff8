import type { SimulationReport } from "../simulation.js";

/** What the search tells a process that runs seeds. */
export interface SeedOrder {
  readonly seed: string;
  readonly durationMs: number;
  readonly stepsMax: number | null;
  readonly checkEvery: number;
}

export interface SeedFailure {
  readonly message: string;
  readonly stack: string;
  /** Acts and faults before it was seen. */
  readonly steps: number;
}

/** What it answers. */
export interface SeedAnswer {
  readonly seed: string;
  readonly ms: number;
  readonly report?: Omit<SimulationReport, "faults" | "refusals"> & {
    readonly faults: Readonly<Record<string, number>>;
  };
  readonly failure?: SeedFailure;
}
