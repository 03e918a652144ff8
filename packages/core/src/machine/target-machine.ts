import type { TargetStatus } from "@capstan/protocol";
import { makeTransition, type TransitionTable } from "./transition-table.js";

/**
 * What happens to a target: `provision` it answers and can be used; `drain` no new trial is to use it; `leave` it was
 * taken down; `lose` it or its worker went away; `fail` it could not be provisioned, or reports that it is broken.
 */
export type TargetEvent = "provision" | "drain" | "leave" | "lose" | "fail";

export const targetStarts = ["provisioning"] as const satisfies readonly TargetStatus[];
export const finalTargetStatuses = ["gone", "lost", "failed"] as const satisfies readonly TargetStatus[];

/** The machine of a target. */
export const targetTransitions: TransitionTable<TargetStatus, TargetEvent> = {
  provisioning: { provision: "ready", drain: "draining", lose: "lost", fail: "failed" },
  ready: { drain: "draining", lose: "lost", fail: "failed" },
  draining: { drain: "draining", leave: "gone", lose: "lost", fail: "failed" },
  gone: {},
  lost: {},
  failed: {},
};

/** Where an event leads a target, or why it does not apply. */
export const transitionTarget = makeTransition(targetTransitions, finalTargetStatuses);
