import { Fault, makeCheck } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { z } from "zod";
import { defineTask } from "./define-task.js";
import { faultOf } from "./fault-of.js";
import { runTask } from "./run-task.js";
import { makeTaskContext, type TaskContext, type TrialFacts } from "./task-context.js";
import { NonRetryableError } from "./task-error.js";

const trial: TrialFacts = {
  id: "trial_0000000000000000000000_1",
  task: "task_0000000000000000000000",
  number: 1,
  round: 1,
  definition: "p/t",
  revision: `rev_${"0".repeat(26)}`,
};
const context = makeTaskContext({ trial });
const runCode = (run: (input: unknown, context: TaskContext) => unknown) =>
  runTask(defineTask({ name: "t", run }), undefined, context);

describe("runTask", () => {
  test("validates on both sides of the code", async () => {
    const task = defineTask({
      name: "t",
      input: z.object({ n: z.number().default(2) }),
      output: z.object({ twice: z.number() }),
      run: ({ n }) => ({ twice: 2 * n, more: true }),
    });
    expect(await runTask(task, {}, context)).toEqual({ status: "succeeded", output: { twice: 4 } });
    expect(await runTask(task, { n: "two" }, context)).toMatchObject({
      status: "failed",
      error: { name: "CapstanError", isRetryable: false, message: expect.stringContaining("at /n") as string },
    });
  });

  test("leaves out an output that is not there", async () => {
    expect(await runCode(() => undefined)).toEqual({ status: "succeeded" });
    expect(await runCode(() => null)).toEqual({ status: "succeeded", output: null });
  });

  test("ends as skipped when the task says so, with its reason", async () => {
    expect(await runCode((_, { skip }) => skip("nothing to do"))).toEqual({
      status: "skipped",
      reason: "nothing to do",
    });
    expect(await runCode((_, { skip }) => skip())).toEqual({ status: "skipped" });
  });

  test("tells whether another trial makes sense", async () => {
    const thrown = (error: Error) =>
      runCode(() => {
        throw error;
      });
    expect(await thrown(new Error("broken"))).toMatchObject({ error: { name: "Error", message: "broken" } });
    expect(await thrown(new Error("broken"))).not.toHaveProperty("error.isRetryable");
    expect(await thrown(new NonRetryableError("no such file"))).toMatchObject({ error: { isRetryable: false } });
    expect(await thrown(Object.assign(new Error("x"), { retryable: false }))).toMatchObject({
      error: { isRetryable: false },
    });
  });

  test("hands the context through, with progress kept between 0 and 1", async () => {
    const seen: [number | undefined, string | undefined][] = [];
    const listening = makeTaskContext({
      trial,
      progress: (fraction, note) => seen.push([fraction, note]),
      env: { A: "b" },
    });
    const task = defineTask({
      name: "t",
      run(_: unknown, { progress, env, trial: facts, signal }) {
        progress(0.5, "half");
        progress(7);
        progress(Number.NaN);
        return [env["A"], facts.number, signal.aborted];
      },
    });
    expect(await runTask(task, undefined, listening)).toEqual({ status: "succeeded", output: ["b", 1, false] });
    expect(seen).toEqual([
      [0.5, "half"],
      [1, undefined],
      [undefined, undefined],
    ]);
  });
});

describe("faultOf", () => {
  const check = makeCheck(Fault, "the fault");

  test("gives a valid fault whatever is thrown", () => {
    fc.assert(fc.property(fc.anything(), (thrown) => void check(JSON.parse(JSON.stringify(faultOf(thrown))))));
  });

  test("survives things that fight being read", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    expect(faultOf(hostile).message).toBe("the task threw something that cannot be read");
  });

  test("keeps the causes and cuts what is too long", () => {
    const fault = faultOf(new Error("x".repeat(20_000), { cause: new TypeError("the root") }));
    expect(fault.message).toHaveLength(16_384);
    expect(faultOf(new Error("outer", { cause: new TypeError("the root") })).stack).toMatch(
      /Caused by: TypeError: the root/,
    );
    expect(faultOf(new AggregateError([new Error("one")], "all")).stack).toMatch(/One of: Error: one/);
    check(fault);
  });
});
