import type { OfferOutcome } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Offer } from "../state/offer.js";

/** Keeps a record of an offer that came to nothing, for whoever asks why a task does not run. */
export function recordOffer(
  state: EngineState,
  { task, worker, number }: Offer,
  { outcome, reason, now }: { outcome: OfferOutcome; reason: string; now: Now },
): void {
  state.out.offers.push({
    namespace: task.taskClass.spec.namespace,
    task: task.id,
    number,
    worker: worker.id,
    workerName: worker.facts.name,
    outcome,
    reason,
    atMs: now.wallMs,
  });
}
