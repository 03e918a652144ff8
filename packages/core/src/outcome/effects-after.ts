import type { EngineState } from "../state/engine-state.js";
import type { Effect } from "./effect.js";

/** The effects among which one belongs that must not leave before that batch is committed. */
export function effectsAfter({ out, batchTaken, batchCommitted }: EngineState, batch: number): Effect[] {
  if (batch <= batchCommitted) return out.effects;
  return batch <= batchTaken ? out.effectsAfterFlight : out.effectsAfterCommit;
}
