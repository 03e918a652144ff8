import type { PruneOptions } from "../store.js";
import type { Place, PrunePhase } from "./prune-phase.js";
import { estimatePhase, flakyPhase, keyPhase, mutedPhase } from "./scan-phase.js";
import type { Runner } from "./session.js";
import { logPhase, taskPhase, tasksetPhase } from "./walk-phase.js";

export interface PruneResult {
  readonly deleted: number;
  readonly hasMore: boolean;
}

/** Rows looked at for each row that may be deleted: a step stays short also when nearly all rows are kept. */
const lookedAtPerRow = 4;

const phases: readonly PrunePhase[] = [
  logPhase,
  taskPhase,
  tasksetPhase,
  keyPhase,
  estimatePhase,
  flakyPhase,
  mutedPhase,
];

/**
 * Deletes what is past its retention, in steps. Ids sort by the time of launch and nothing ends before its launch, so
 * a sweep walks each table from its oldest key up to the retention limit: no index by time is needed. Where it stands
 * is kept in memory; after a restart it begins anew.
 */
export class Pruner {
  #phase = 0;
  #after: Place = phases[0]!.origin;

  /** One short transaction of the caller's; `hasMore` until the sweep has been through everything, then the next call starts a new one. */
  async step(runner: Runner, options: PruneOptions): Promise<PruneResult> {
    const phase = phases[this.#phase]!;
    const rowsMax = Math.max(1, options.rowsMax);
    const limit = rowsMax * lookedAtPerRow;
    const candidates = await phase.list(runner, this.#after, { limit, options });
    const past = candidates.filter(({ isPast }) => isPast).map(({ place }) => place);
    const deleted = past.length === 0 ? 0 : await phase.remove(runner, past, rowsMax);
    // What is left of these is looked at again.
    if (deleted >= rowsMax) return { deleted, hasMore: true };
    if (candidates.length === limit) this.#after = candidates.at(-1)!.place;
    else this.#nextPhase();
    return { deleted, hasMore: candidates.length === limit || this.#phase !== 0 };
  }

  #nextPhase(): void {
    this.#phase = (this.#phase + 1) % phases.length;
    this.#after = phases[this.#phase]!.origin;
  }
}
