import type { DeclineReason } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";
import { withdrawOffer } from "./offer.js";
import { recordOffer } from "./refused-offer.js";
import { countFailure, rest } from "./rest.js";

export interface Declined {
  readonly offer: number;
  readonly reason: DeclineReason;
  readonly message?: string;
}

/** A worker refuses an offer: the task goes back to the head of its queue, without that worker for a while. */
export function declineOffer(state: EngineState, worker: Worker, declined: Declined, now: Now): void {
  const offer = worker.offers.get(declined.offer);
  if (offer === undefined) return;
  const { spec, taskset } = offer.task.taskClass;
  const reason = declined.message === undefined ? declined.reason : `${declined.reason}: ${declined.message}`;
  worker.lastDecline = reason;
  state.counts.offersDeclined += 1;
  recordOffer(state, offer, { outcome: "declined", reason, now });
  rest(state, worker, { what: restingFrom(declined.reason, spec.revision, taskset?.id), reason, now });
  if (declined.reason === "setup-failed" && taskset !== null) {
    countFailure(state, worker, { scope: "taskset", name: taskset.id, reason, now });
  } else if (
    declined.reason === "load-failed" ||
    declined.reason === "fetch-failed" ||
    declined.reason === "setup-failed"
  ) {
    countFailure(state, worker, { scope: "plugin", name: spec.plugin, reason, now });
  }
  withdrawOffer(state, offer);
}

/** A lack of the worker itself keeps everything from it; one that a revision or taskset has to do with, only that. */
function restingFrom(reason: DeclineReason, revision: string, taskset: string | undefined): string {
  if (reason === "no-workspace" && taskset !== undefined) return taskset;
  return reason === "no-slot" || reason === "no-memory" || reason === "draining" ? "*" : revision;
}
