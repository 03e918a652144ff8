import { wakeTask } from "./arbiter/requeue.js";
import { recallAgain } from "./backlog/recall.js";
import { expireTask, sweep } from "./command/cancel.js";
import { expireOffers } from "./dispatch/offer.js";
import { forgetRate } from "./dispatch/place.js";
import { refreshClass, unblockClass } from "./dispatch/queue.js";
import { endQuarantine } from "./dispatch/rest.js";
import { endRecovery } from "./launch/load.js";
import type { EngineState } from "./state/engine-state.js";
import type { Now } from "./state/now.js";
import type { Wake } from "./state/wake.js";
import { adviseUnused } from "./worker/acquire.js";
import { checkSilence, forgetWorker } from "./worker/silence.js";

/** Deadlines that one tick fires at most: the sockets are read in between. */
const firedMax = 5_000;

/** Fires what is due. Says whether more is due or left to do at once. */
export function tick(state: EngineState, now: Now): boolean {
  for (let fired = 0; fired < firedMax; fired += 1) {
    const wake = state.deadlines.popDue(now.monoMs);
    if (wake === undefined) break;
    fire(state, wake, now);
  }
  if (state.recovery !== null && state.recovery.awaited.size === 0) endRecovery(state);
  const isSweeping = state.sweeping.size > 0 && sweep(state, now);
  const nextAtMs = state.deadlines.nextAtMs;
  return isSweeping || (nextAtMs !== undefined && nextAtMs <= now.monoMs);
}

function fire(state: EngineState, wake: Wake, now: Now): void {
  switch (wake.type) {
    case "taskReady":
      return wakeTask(state, wake.task, now);
    case "taskExpires":
      return expireTask(state, wake.task, now);
    case "workerSilent":
      return checkSilence(state, wake.worker, now);
    case "workerForgotten":
      return forgetWorker(state, wake.worker);
    case "classReady":
      if (wake.taskClass.block === "rate") unblockClass(state, wake.taskClass);
      return refreshClass(state, wake.taskClass);
    case "rateIdle":
      return forgetRate(state, wake.rate, now);
    case "quarantineEnds":
      return endQuarantine(state, wake, now);
    case "offersExpire":
      return expireOffers(state, now);
    case "revisionUnused":
      return adviseUnused(state, wake.revision);
    case "speculate":
      state.speculation = null;
      return;
    case "recallAgain":
      return recallAgain(state, wake);
    case "recoveryEnds":
      return endRecovery(state);
    case "workerRested":
      // The dispatch that follows every tick looks at it again.
      return;
  }
}
