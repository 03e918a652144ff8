import type { FailureCause, FinalTrialStatus, StopReason } from "@capstan/protocol";

/** How a trial ended, as far as the arbiter cares. */
export interface TrialEnding {
  readonly status: FinalTrialStatus;
  /** Whether the task's code began: what never began costs nothing. */
  readonly hasBegun: boolean;
  /** Whether it was the only trial in the executor or machine that died: else it is a suspect only. */
  readonly wasAlone: boolean;
  /** False: the code said that trying again is of no use. */
  readonly isRetryable: boolean;
}

/** What the arbiter knows of the task and the trial when it judges. */
export interface TrialCase {
  readonly isTwin: boolean;
  /** Whether another trial of the task lives. */
  readonly hasCompany: boolean;
  readonly isCancelling: boolean;
  readonly stopReason: StopReason | null;
  readonly counted: number;
  readonly lost: number;
  readonly suspicions: number;
  readonly maxTrials: number;
  readonly maxLosses: number;
  /** Whether the taskset, if there is one, has a retry left. */
  readonly hasRetries: boolean;
  readonly isSafeToRerun: boolean;
  readonly profile: "job" | "test";
}

export interface Judgement {
  readonly isCounted: boolean;
  readonly isLoss: boolean;
  readonly isSuspect: boolean;
  readonly outcome:
    | {
        readonly type: "verdict";
        readonly status: "succeeded" | "skipped" | "failed" | "cancelled";
        readonly cause: FailureCause | null;
      }
    /** `front`: at once, before the others of its taskset; `backoff`: after a delay. */
    | { readonly type: "retry"; readonly when: "front" | "backoff" }
    /** Another trial of the task still runs and decides. */
    | { readonly type: "wait" };
}

/** So many deaths in company cost nothing: beyond them one counts whoever else died in it, so that each task ends. */
const suspicionsMax = 3;

const free = { isCounted: false, isLoss: false, isSuspect: false } as const;

/** The rules of the arbiter for the end of one trial (model.md, Rules of the arbiter 1–5 and 9). */
export function judge(ending: TrialEnding, about: TrialCase): Judgement {
  if (about.isCancelling) return { ...free, outcome: { type: "verdict", status: "cancelled", cause: null } };
  switch (ending.status) {
    case "succeeded":
      return { ...free, outcome: { type: "verdict", status: "succeeded", cause: null } };
    case "skipped":
      return {
        ...free,
        outcome: about.hasCompany ? { type: "wait" } : { type: "verdict", status: "skipped", cause: null },
      };
    case "cancelled":
      return judgeStop(ending, about);
    case "lost":
      return judgeLoss(ending, about);
    default:
      return judgeFailure(ending.status, ending, about);
  }
}

/**
 * The end of a trial that was stopped for no fault of its task: by a pause, or because its worker leaves. It costs
 * nothing; but code that was interrupted and is not safe to rerun is never run again by itself.
 */
function judgeStop({ hasBegun }: TrialEnding, { hasCompany, isSafeToRerun }: TrialCase): Judgement {
  if (hasCompany) return { ...free, outcome: { type: "wait" } };
  if (hasBegun && !isSafeToRerun) return { ...free, outcome: failed("cancelled") };
  return { ...free, outcome: { type: "retry", when: "front" } };
}

function judgeLoss(ending: TrialEnding, about: TrialCase): Judgement {
  if (about.hasCompany || about.isTwin)
    return { ...free, outcome: about.hasCompany ? { type: "wait" } : { type: "retry", when: "front" } };
  if (!ending.hasBegun) return { ...free, outcome: { type: "retry", when: "front" } };
  if (!about.isSafeToRerun) {
    return { ...free, isLoss: true, outcome: { type: "verdict", status: "failed", cause: "lost" } };
  }
  const isSuspect = !ending.wasAlone && about.suspicions < suspicionsMax;
  if (isSuspect) return { ...free, isSuspect, outcome: { type: "retry", when: "front" } };
  const isOver = about.lost + 1 > about.maxLosses;
  return {
    ...free,
    isLoss: true,
    outcome: isOver ? { type: "verdict", status: "failed", cause: "no-more-losses" } : { type: "retry", when: "front" },
  };
}

function judgeFailure(status: "failed" | "timeout" | "error", ending: TrialEnding, about: TrialCase): Judgement {
  const isFinal = status === "failed" && !ending.isRetryable;
  if (about.hasCompany && !isFinal)
    return { isCounted: !about.isTwin, isLoss: false, isSuspect: false, outcome: { type: "wait" } };
  const when = about.profile === "test" ? ("front" as const) : ("backoff" as const);
  const retry = about.hasRetries ? { type: "retry" as const, when } : failed("no-more-retries");
  if (about.isTwin && !isFinal) {
    // The other one ended before it and was counted then; a failed twin costs nothing.
    return { ...free, outcome: about.counted >= about.maxTrials ? failed(status) : retry };
  }
  const isSuspect = status === "error" && !ending.wasAlone && about.suspicions < suspicionsMax;
  // Code that is not safe to rerun runs as often as its trials say and no more, whoever brought the executor down.
  const isFree = isSuspect && (about.isSafeToRerun || !ending.hasBegun);
  if (isFree) return { ...free, isSuspect, outcome: { type: "retry", when: "front" } };
  const isSpent = about.counted + 1 >= about.maxTrials;
  const outcome = isFinal ? failed("not-retryable") : isSpent ? failed(status) : retry;
  return { isCounted: true, isLoss: false, isSuspect, outcome };
}

function failed(cause: FailureCause): Judgement["outcome"] {
  return { type: "verdict", status: "failed", cause };
}
