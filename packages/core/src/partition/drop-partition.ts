import { parseTrialId, partitionOf } from "@capstan/protocol";
import { leaveClass } from "../arbiter/finish-task.js";
import { removeTrial } from "../arbiter/end-trial.js";
import { categoryOf } from "../state/status.js";
import { dropStowed, forgetStowed } from "../backlog/stow.js";
import { closeOffer, tellTakenBack } from "../dispatch/offer.js";
import { dequeue } from "../dispatch/queue.js";
import { dropHolders } from "../dispatch/workspace.js";
import { removeTaskset } from "../estimate/estimate-use.js";
import type { Effect } from "../outcome/effect.js";
import type { Outcome } from "../outcome/outcome.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Offer } from "../state/offer.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";

/**
 * Forgets a partition that belongs to another engine now: what it held is free for others, and nothing of it is written,
 * told or sent any more. Its trials run on: their workers have a session with its new owner. Only offers are taken back.
 */
export function dropPartition(state: EngineState, partition: number, now: Now): void {
  for (const { offers } of state.workers.values()) {
    for (const offer of offers.values()) if (offer.task.partition === partition) takeBack(state, offer);
  }
  // Those of tasks that have their verdict too: twins that are being stopped.
  for (const trial of state.trials.values()) if (trial.task.partition === partition) removeTrial(state, trial);
  for (const task of state.tasks.values()) if (task.partition === partition) dropTask(state, task, now);
  for (const taskset of state.tasksets.values()) {
    if (taskset.facts.partition === partition) dropTaskset(state, taskset, now);
  }
  for (const taskClass of state.loneClasses.values()) dropStowed(state, taskClass, partition, now);
  dropOutcome(state.out, partition);
}

function takeBack(state: EngineState, offer: Offer): void {
  closeOffer(state, offer);
  tellTakenBack(state, offer);
  if (offer.task.offer === offer) offer.task.offer = null;
}

function dropTask(state: EngineState, task: Task, now: Now): void {
  state.tasks.delete(task.id);
  task.taskset?.tasks.delete(task);
  state.loading?.early.delete(task.id);
  if (state.recovery !== null) remove(state.recovery.tasks, (other) => other === task);
  if (task.inputJson !== null) state.inputBytes -= task.inputJson.length;
  const { readyDeadline, expiryDeadline } = task.history ?? {};
  if (readyDeadline) state.deadlines.cancel(readyDeadline);
  if (expiryDeadline) state.deadlines.cancel(expiryDeadline);
  dequeue(state, task);
  state.counts[categoryOf(task.status) as "waiting" | "queued" | "running"] -= 1;
  leaveClass(state, task.taskClass, 1, now);
  task.isDiscarded = true;
  // Whoever still has it in hand, such as a read of its input, sees that nothing is left to do.
  task.verdict = { status: "cancelled", cause: null, reason: "its partition moved", endedAtMs: now.wallMs };
}

function dropTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  taskset.sweep = null;
  state.sweeping.delete(taskset);
  for (const taskClass of taskset.classes.values()) forgetStowed(state, taskClass, now);
  dropHolders(taskset);
  removeTaskset(state, taskset, now);
  taskset.isDiscarded = true;
}

/** What is not committed yet of the partition never is, and what waited for it does not leave. */
function dropOutcome(out: Outcome, partition: number): void {
  const ofTask = (id: string): boolean => partitionOf("task", id) === partition;
  const ofTaskset = (id: string): boolean => partitionOf("taskset", id) === partition;
  const isOwn = (task: Task): boolean => task.partition === partition;
  for (const effects of [out.effects, out.effectsAfterCommit, out.effectsAfterFlight]) {
    remove(effects, (effect) => isOf(effect, partition));
  }
  remove(out.events, ({ task, taskset }) => {
    return task === undefined ? taskset !== undefined && ofTaskset(taskset) : ofTask(task);
  });
  // Those that have ended are in no map any more: their rows would be written.
  remove(out.tasks, isOwn);
  remove(out.tasksets, ({ facts }) => facts.partition === partition);
  remove(out.discardedTasksets, ({ facts }) => facts.partition === partition);
  remove(out.trials, ({ task }) => ofTask(task));
  remove(out.offers, ({ task }) => ofTask(task));
  remove(out.phases, ({ taskset }) => ofTaskset(taskset));
  remove(out.flaky, ({ task }) => ofTask(task));
  remove(out.lazyTasks, ({ task }) => isOwn(task));
}

/** Whether an effect says something of a task or trial of the partition. That an offer is taken back names neither. */
function isOf(effect: Effect, partition: number): boolean {
  if (effect.type === "grant") return effect.trial.task.partition === partition;
  if (effect.type !== "send") return false;
  const { message } = effect;
  if ("trial" in message) return partitionOf("task", parseTrialId(message.trial).task) === partition;
  return message.type === "offer" && partitionOf("task", message.task) === partition;
}

/** Takes out what is gone, in place: others hold the list. */
function remove<T>(list: T[], isGone: (item: T) => boolean): void {
  let kept = 0;
  for (const item of list) if (!isGone(item)) list[kept++] = item;
  list.length = kept;
}
