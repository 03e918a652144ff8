/**
 * Ends the groups of trials that are not safe to rerun when their worker does not renew their leases, because it is
 * stopped or its loop is blocked. It can be trusted more than the worker: it waits for nothing and runs no task's code.
 */
import { LeaseGuard } from "../lease/lease-guard.js";
import { machineClock } from "../lease/machine-clock.js";
import type { Moment } from "../lease/moment.js";
import type { Group } from "./group.js";
import type { GuardedTrial } from "./message.js";

export class GroupGuard {
  readonly #guard: LeaseGuard;
  /** The groups in which guarded trials run. */
  readonly #groups = new Map<string, Group>();

  constructor(end: (group: Group) => void) {
    const overdue = (trials: readonly string[]): void => {
      const groups = new Set(trials.map((trial) => this.#groups.get(trial)));
      for (const trial of trials) this.#groups.delete(trial);
      for (const group of groups) {
        if (group === undefined) continue;
        group.isCutOff = true;
        end(group);
      }
    };
    this.#guard = new LeaseGuard({ clock: machineClock, overdue });
  }

  /** Whether it is too late for the trial to begin. */
  isOverdue({ lease }: GuardedTrial): boolean {
    return this.#guard.isOverdue(lease);
  }

  watch(group: Group, { trial, lease }: GuardedTrial): void {
    this.#groups.set(trial, group);
    this.#guard.watch(trial, lease);
  }

  forget(trial: string): void {
    this.#groups.delete(trial);
    this.#guard.forget(trial);
  }

  /** The group has ended, and all trials in it. */
  forgetGroup(group: Group): void {
    for (const [trial, of] of this.#groups) if (of === group) this.forget(trial);
  }

  renew(sentAt: Moment): void {
    this.#guard.renew(sentAt);
  }
}
