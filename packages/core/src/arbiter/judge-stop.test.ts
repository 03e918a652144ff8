import { describe, expect, test } from "vitest";
import { judge, type TrialCase, type TrialEnding } from "./judge.js";

const ending = (more: Partial<TrialEnding>): TrialEnding => ({
  status: "cancelled",
  hasBegun: true,
  wasAlone: true,
  isRetryable: true,
  ...more,
});
/** A task that has nothing left to lose: whatever costs something ends it. */
const about = (more: Partial<TrialCase> = {}): TrialCase => ({
  isTwin: false,
  hasCompany: false,
  isCancelling: false,
  stopReason: null,
  counted: 0,
  lost: 0,
  suspicions: 0,
  maxTrials: 1,
  maxLosses: 0,
  hasRetries: true,
  isSafeToRerun: true,
  profile: "job",
  ...more,
});
const free = { isCounted: false, isLoss: false, isSuspect: false };

describe("a trial that was stopped for no fault of its task", () => {
  for (const stopReason of ["pause", null] as const) {
    const by = stopReason ?? "its worker, which leaves";
    test(`by ${by}, puts the task back at once and at no cost`, () => {
      const judgement = judge(ending({}), about({ stopReason }));
      expect(judgement).toEqual({ ...free, outcome: { type: "retry", when: "front" } });
    });

    test(`by ${by}, ends a task that is not safe to rerun, unless its code never began`, () => {
      const unsafe = about({ stopReason, isSafeToRerun: false });
      const verdict = { type: "verdict", status: "failed", cause: "cancelled" };
      expect(judge(ending({}), unsafe)).toEqual({ ...free, outcome: verdict });
      expect(judge(ending({ hasBegun: false }), unsafe)).toEqual({
        ...free,
        outcome: { type: "retry", when: "front" },
      });
    });
  }

  test("leaves the decision to another trial of the task that still runs", () => {
    expect(judge(ending({}), about({ hasCompany: true })).outcome).toEqual({ type: "wait" });
  });

  test("ends a task that is being cancelled as cancelled", () => {
    for (const isSafeToRerun of [true, false]) {
      const { outcome } = judge(ending({}), about({ isCancelling: true, isSafeToRerun, stopReason: "cancel" }));
      expect(outcome).toEqual({ type: "verdict", status: "cancelled", cause: null });
    }
  });
});

describe("a loss", () => {
  test("ends a task that is not safe to rerun as lost, unless its code never began", () => {
    const unsafe = about({ isSafeToRerun: false, maxLosses: 3 });
    expect(judge(ending({ status: "lost" }), unsafe).outcome).toEqual({
      type: "verdict",
      status: "failed",
      cause: "lost",
    });
    expect(judge(ending({ status: "lost", hasBegun: false }), unsafe).outcome.type).toBe("retry");
  });

  test("costs a safe task one of its losses", () => {
    expect(judge(ending({ status: "lost" }), about({ maxLosses: 1 }))).toMatchObject({
      isLoss: true,
      outcome: { type: "retry", when: "front" },
    });
    expect(judge(ending({ status: "lost" }), about()).outcome).toMatchObject({ cause: "no-more-losses" });
  });
});
