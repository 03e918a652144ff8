import { effectsAfter } from "../outcome/effects-after.js";
import type { Offer } from "../state/offer.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { setStatus } from "../state/status.js";
import type { Task } from "../state/task.js";
import type { Worker } from "../state/worker.js";
import { dequeue, enqueue } from "./queue.js";
import { recordOffer } from "./refused-offer.js";
import { release, reserve } from "./reserve.js";
import { rest } from "./rest.js";
import { needsOwnExecutor } from "./suspect.js";
import { hasWorkspace, noteHolder } from "./workspace.js";

export interface OfferOptions {
  readonly now: Now;
  readonly isPrefetch?: boolean;
  readonly isTwin?: boolean;
}

/** Proposes the task to the worker. A prefetched offer holds no limit; every other takes a credit and reserves. */
export function makeOffer(state: EngineState, task: Task, worker: Worker, options: OfferOptions): Offer {
  const { now, isPrefetch = false, isTwin = false } = options;
  const number = (state.offerNumber += 1);
  const expiresAtMonoMs = now.monoMs + state.config.offerMs;
  const offer: Offer = {
    number,
    task,
    worker,
    isPrefetch,
    expectedMs: isPrefetch ? (task.estimateMs ?? task.taskClass.meanMs ?? 0) : 0,
    isTwin,
    expiresAtMonoMs,
    leavesWith: leavesWith(state, task),
    isReserved: !isPrefetch,
    isOpen: true,
    isHeld: false,
  };
  if (!isTwin) takeFromQueue(state, task, offer);
  if (isPrefetch) {
    worker.prefetched += 1;
    worker.prefetchedMs += offer.expectedMs;
  } else {
    worker.credits -= 1;
    if (worker.credits === 0) for (const demand of worker.demands) demand.idle.delete(worker);
    reserve(state, task.taskClass, worker.id);
  }
  worker.offers.set(number, offer);
  if (hasWorkspace(task.taskset)) noteHolder(worker, task.taskset);
  worker.advised.delete(task.taskClass.spec.revision);
  queueExpiry(state, offer);
  state.counts.offersMade += 1;
  sendOffer(state, offer);
  return offer;
}

function takeFromQueue(state: EngineState, task: Task, offer: Offer): void {
  const { lane } = task.taskClass.cell;
  dequeue(state, task);
  setStatus(state, task, "offered");
  task.offer = offer;
  state.pass = Math.max(state.pass, lane.pass);
  lane.pass += 1 / lane.weight;
}

function queueExpiry(state: EngineState, offer: Offer): void {
  state.offerQueue.list.push(offer);
  if (state.isOfferTimerSet) return;
  state.isOfferTimerSet = true;
  state.deadlines.add(offer.expiresAtMonoMs, { type: "offersExpire" });
}

/** An offer may overlap the commit of its launch; but who must fetch a workspace first asks for it, and finds what is committed. */
function leavesWith({ batchTaken, batchCommitted }: EngineState, { taskset, batch }: Task): number {
  return !hasWorkspace(taskset) || batch <= batchCommitted ? 0 : Math.min(batch, batchTaken + 1);
}

function sendOffer(state: EngineState, offer: Offer): void {
  const { number, task, worker, isPrefetch } = offer;
  const { definition, revision, runtime } = task.taskClass.spec;
  effectsAfter(state, offer.leavesWith).push({
    type: "send",
    worker,
    message: {
      type: "offer",
      offer: number,
      task: task.id,
      definition,
      revision,
      runtime,
      ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
      ...(task.estimateMs === null ? {} : { estimateMs: task.estimateMs }),
      ...(isPrefetch ? { isPrefetch } : {}),
      ...(needsOwnExecutor(task) ? { isAlone: true } : {}),
      ...(hasWorkspace(task.taskset) ? { needsWorkspace: true } : {}),
    },
  });
}

/** Ends an offer without a grant. What it reserved is free again; its task goes back to the head of its queue. */
export function withdrawOffer(state: EngineState, offer: Offer): void {
  closeOffer(state, offer);
  const { task } = offer;
  if (offer.isTwin || task.offer !== offer) return;
  task.offer = null;
  if (task.status !== "offered") return;
  task.isFront = true;
  setStatus(state, task, "queued");
  enqueue(state, task);
}

/** Takes an offer off the books: its number means nothing any more. */
export function closeOffer(state: EngineState, offer: Offer): void {
  if (!offer.isOpen) return;
  const { worker, task } = offer;
  offer.isOpen = false;
  if (offer.isHeld) task.past.heldOffers = task.past.heldOffers.filter((held) => held !== offer);
  worker.offers.delete(offer.number);
  if (offer.isPrefetch) {
    worker.prefetched -= 1;
    // Sums of fractions drift: none is left when no offer is.
    worker.prefetchedMs = worker.prefetched === 0 ? 0 : worker.prefetchedMs - offer.expectedMs;
  }
  if (offer.isReserved) {
    offer.isReserved = false;
    release(state, task.taskClass, worker.id);
  }
}

/** Takes back the offers whose time is over; a worker that let one pass rests for a while. */
export function expireOffers(state: EngineState, now: Now): void {
  const { offerQueue } = state;
  state.isOfferTimerSet = false;
  for (; offerQueue.head < offerQueue.list.length; offerQueue.head += 1) {
    const offer = offerQueue.list[offerQueue.head]!;
    if (!offer.isOpen) continue;
    if (offer.expiresAtMonoMs > now.monoMs) {
      state.isOfferTimerSet = true;
      state.deadlines.add(offer.expiresAtMonoMs, { type: "offersExpire" });
      break;
    }
    if (offer.leavesWith > 0) extendOffer(state, offer, now);
    else expireOffer(state, offer, now);
  }
  compact(offerQueue);
}

/** It waited for a commit, so its worker has had less time to answer: it has all of it again, from when it had surely left. */
function extendOffer(state: EngineState, offer: Offer, now: Now): void {
  if (offer.leavesWith <= state.batchCommitted) offer.leavesWith = 0;
  offer.expiresAtMonoMs = now.monoMs + state.config.offerMs;
  state.offerQueue.list.push(offer);
}

function expireOffer(state: EngineState, offer: Offer, now: Now): void {
  const { worker } = offer;
  state.counts.offersExpired += 1;
  if (!offer.isPrefetch && !offer.isHeld) {
    worker.lastDecline = "did not answer an offer";
    recordOffer(state, offer, { outcome: "expired", reason: worker.lastDecline, now });
    rest(state, worker, { what: "*", reason: "unanswered", now });
  }
  withdrawOffer(state, offer);
  tellTakenBack(state, offer);
}

/** Says that an offer is taken back, and never before it. One that was accepted is halted: its worker waits for a grant or a halt. */
export function tellTakenBack(state: EngineState, { number, worker, isHeld, leavesWith }: Offer): void {
  const message = isHeld
    ? ({ type: "halt", offer: number, reason: "revoked" } as const)
    : ({ type: "revoke", offer: number } as const);
  effectsAfter(state, leavesWith).push({ type: "send", worker, message });
}

/** Drops answered offers from the front now and then, so that the list stays short. */
function compact(offerQueue: EngineState["offerQueue"]): void {
  offerQueue.list = offerQueue.list.slice(offerQueue.head);
  offerQueue.head = 0;
}
