import {
  executorStatuses,
  finalTasksetStatuses,
  finalTaskStatuses,
  finalTrialStatuses,
  targetStatuses,
  tasksetStatuses,
  taskStatuses,
  trialStatuses,
  workerStatuses,
} from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executorStarts, executorTransitions, finalExecutorStatuses, transitionExecutor } from "./executor-machine.js";
import { finalTargetStatuses, targetStarts, targetTransitions, transitionTarget } from "./target-machine.js";
import { taskStarts, taskTransitions, transitionTask } from "./task-machine.js";
import { tasksetStarts, tasksetTransitions, transitionTaskset } from "./taskset-machine.js";
import { next, reachable, type Transition, type TransitionTable } from "./transition-table.js";
import { transitionTrial, trialStarts, trialTransitions } from "./trial-machine.js";
import { finalWorkerStatuses, transitionWorker, workerStarts, workerTransitions } from "./worker-machine.js";

interface Machine<S extends string, E extends string> {
  readonly table: TransitionTable<S, E>;
  readonly transition: (status: S, event: E) => Transition<S>;
  readonly statuses: readonly S[];
  readonly starts: readonly S[];
  readonly finals: readonly S[];
  /** The events that lead out of a final status. */
  readonly reopens: readonly E[];
}

testMachine("task", {
  table: taskTransitions,
  transition: transitionTask,
  statuses: taskStatuses,
  starts: taskStarts,
  finals: finalTaskStatuses,
  reopens: ["rerun", "rerun-later"],
});
testMachine("trial", {
  table: trialTransitions,
  transition: transitionTrial,
  statuses: trialStatuses,
  starts: trialStarts,
  finals: finalTrialStatuses,
  reopens: [],
});
testMachine("taskset", {
  table: tasksetTransitions,
  transition: transitionTaskset,
  statuses: tasksetStatuses,
  starts: tasksetStarts,
  finals: finalTasksetStatuses,
  reopens: ["rerun"],
});
testMachine("worker", {
  table: workerTransitions,
  transition: transitionWorker,
  statuses: workerStatuses,
  starts: workerStarts,
  finals: finalWorkerStatuses,
  reopens: ["return"],
});
testMachine("executor", {
  table: executorTransitions,
  transition: transitionExecutor,
  statuses: executorStatuses,
  starts: executorStarts,
  finals: finalExecutorStatuses,
  reopens: [],
});
testMachine("target", {
  table: targetTransitions,
  transition: transitionTarget,
  statuses: targetStatuses,
  starts: targetStarts,
  finals: finalTargetStatuses,
  reopens: [],
});

function testMachine<S extends string, E extends string>(name: string, machine: Machine<S, E>): void {
  const { table, transition, statuses, starts, finals, reopens } = machine;
  const eventsOf = (status: S) => Object.keys(table[status]) as E[];
  const events = [...new Set(statuses.flatMap(eventsOf))];
  const isFinal = (status: S) => finals.includes(status);

  describe(`the machine of a ${name}`, () => {
    it("has a row for each status, and leads nowhere else", () => {
      expect(Object.keys(table).toSorted()).toEqual(statuses.toSorted());
      const goals = new Set(statuses.flatMap((status) => Object.values<S | undefined>(table[status])));
      expect([...goals].filter((goal) => goal === undefined || !statuses.includes(goal))).toEqual([]);
    });

    it("reaches every status from its starts", () => {
      const reached = new Set(starts.flatMap((start) => [...reachable(table, start)]));
      expect([...reached].toSorted()).toEqual(statuses.toSorted());
    });

    it("can end from every status", () => {
      const stuck = statuses.filter((status) => ![...reachable(table, status)].some(isFinal));
      expect(stuck).toEqual([]);
    });

    it("leaves a final status only by what reopens it, and never straight for another final one", () => {
      for (const status of finals) {
        expect(eventsOf(status).toSorted()).toEqual(reopens.toSorted());
        for (const event of reopens) expect(isFinal(next(table, status, event) as S)).toBe(false);
      }
      const reopened = statuses.filter(
        (status) => !isFinal(status) && eventsOf(status).some((e) => reopens.includes(e)),
      );
      expect(reopened).toEqual([]);
    });

    it("answers every event in every status with what its table says, or with the reason why not", () => {
      for (const status of statuses) {
        for (const event of events) {
          const to = next(table, status, event);
          const reason = isFinal(status) ? "already-final" : "not-possible";
          expect(transition(status, event)).toEqual(to === undefined ? { ok: false, reason } : { ok: true, next: to });
        }
      }
    });

    it("stays among its statuses and stays final, whatever is said to it in any order", () => {
      fc.assert(
        fc.property(fc.constantFrom(...starts), fc.array(fc.constantFrom(...events)), (start, sequence) => {
          let status = start;
          for (const event of sequence) {
            const step = transition(status, event);
            if (!step.ok) continue;
            expect(statuses).toContain(step.next);
            if (isFinal(status)) expect(reopens).toContain(event);
            status = step.next;
          }
        }),
      );
    });

    it("takes no inherited property for an event", () => {
      for (const status of statuses) expect(transition(status, "toString" as E).ok).toBe(false);
    });
  });
}

describe("model.md in the tables", () => {
  it("runs a task from launch to verdict", () => {
    expect(walk(transitionTask, "waiting", ["queue", "offer", "grant", "run", "succeed"])).toBe("succeeded");
  });

  it("puts a task back in its queue when its offer fails, for whatever reason", () => {
    for (const event of ["decline", "lapse", "revoke", "halt"] as const) {
      expect(walk(transitionTask, "offered", [event])).toBe("queued");
    }
  });

  it("never abandons a task that ran, and never expires one that is granted", () => {
    const abandoned = taskStatuses.filter((status) => next(taskTransitions, status, "abandon") !== undefined);
    const expiring = taskStatuses.filter((status) => next(taskTransitions, status, "expire") !== undefined);
    expect(abandoned).toEqual(["waiting"]);
    expect(expiring).toEqual(["waiting", "queued", "offered"]);
  });

  it("cancels what does not run at once, and what runs when it has stopped", () => {
    for (const status of ["waiting", "queued", "offered"] as const) {
      expect(walk(transitionTask, status, ["cancel"])).toBe("cancelled");
    }
    for (const status of ["granted", "running", "checking"] as const) {
      expect(walk(transitionTask, status, ["cancel"])).toBe("cancelling");
      expect(walk(transitionTask, status, ["cancel", "stopped"])).toBe("cancelled");
    }
  });

  it("lets a cancel that was applied first decide", () => {
    for (const event of ["succeed", "skip", "fail", "retry"] as const) {
      expect(transitionTask("cancelling", event)).toEqual({ ok: false, reason: "not-possible" });
    }
  });

  it("accepts one report a trial", () => {
    for (const status of finalTrialStatuses) {
      expect(transitionTrial(status, "report-succeeded")).toEqual({ ok: false, reason: "already-final" });
      expect(transitionTrial(status, "lose")).toEqual({ ok: false, reason: "already-final" });
    }
  });

  it("names the event of a report after the status reported", () => {
    for (const status of finalTrialStatuses) {
      if (status === "lost") continue;
      expect(transitionTrial("running", `report-${status}`)).toEqual({ ok: true, next: status });
    }
  });

  it("pauses, resumes, cancels and reruns a taskset", () => {
    expect(walk(transitionTaskset, "open", ["seal", "run", "pause", "resume", "succeed", "rerun"])).toBe("pending");
    expect(walk(transitionTaskset, "paused", ["cancel", "stopped"])).toBe("cancelled");
    expect(walk(transitionTaskset, "running", ["cancel", "fail"])).toBe("failed");
  });

  it("calls a worker unreachable from wherever no sign of it comes", () => {
    for (const status of ["joining", "ready", "draining"] as const) {
      expect(walk(transitionWorker, status, ["miss"])).toBe("unreachable");
    }
  });

  it("brings a worker back from unreachable, and from lost by joining anew", () => {
    expect(walk(transitionWorker, "joining", ["welcome", "miss", "hear"])).toBe("ready");
    expect(walk(transitionWorker, "ready", ["lose", "return", "welcome"])).toBe("ready");
    expect(walk(transitionWorker, "ready", ["drain", "resume", "drain", "leave"])).toBe("gone");
  });
});

/** The status after all events; fails when one of them is refused. */
function walk<S extends string, E extends string>(
  transition: (status: S, event: E) => Transition<S>,
  start: S,
  events: readonly E[],
): S {
  let status = start;
  for (const event of events) {
    const answer = transition(status, event);
    if (!answer.ok) throw new Error(`${event} is refused in ${status}: ${answer.reason}`);
    status = answer.next;
  }
  return status;
}
