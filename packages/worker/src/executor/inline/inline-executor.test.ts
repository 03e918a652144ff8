import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Executor } from "../executor.js";
import type { TaskContext } from "@capstan/plugin";
import { CapstanError } from "@capstan/protocol";
import { TrialBed } from "../trial-bed.test.support.js";

let bed: TrialBed;

beforeAll(async () => {
  bed = await TrialBed.open();
});
afterAll(() => bed.close());

const passes = (value: unknown): unknown => value;

function start(run: (input: never, context: TaskContext) => unknown): Promise<Executor> {
  const plugin = {
    kind: "capstan.plugin",
    name: "bed",
    definitions: { main: { name: "main", validateInput: passes, validateOutput: passes, run } },
  };
  return bed.start("inline", { module: { default: plugin } });
}

describe("an inline executor", () => {
  it("runs code that answers at once", async () => {
    const executor = await start((input: number) => input + 1);
    expect(await bed.run(executor, 1).end).toMatchObject({ status: "succeeded", output: 2, began: true, alone: true });
    expect(executor.state).toEqual({ name: "idle" });
  });

  it("runs code that answers later, several trials at a time", async () => {
    const gate = gateOf();
    const executor = await start(async (input: number) => {
      await gate.promise;
      return input;
    });
    const trials = [1, 2, 3].map((input) => bed.run(executor, input));
    expect(executor.state).toEqual({ name: "busy", trials: 3 });
    gate.resolve();
    const ends = await Promise.all(trials.map((trial) => trial.end));
    expect(ends.map((end) => [end.output, end.alone])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it("lets the code take functions out of its context, and skip by an error of its bundle", async () => {
    const executor = await start((kind: string, { progress, counts, skip }) => {
      progress(0.5, "half");
      counts({ read: 1 });
      if (kind === "error") throw Object.assign(new Error("nothing there"), { kind: "capstan.skip" });
      skip("nothing here");
    });
    expect(await bed.run(executor, "word").end).toMatchObject({ status: "skipped", output: "nothing here" });
    expect(await bed.run(executor, "error").end).toMatchObject({ status: "skipped", counts: { read: 1 } });
  });

  it("captures the log, progress, counts and the skip", async () => {
    const executor = await start((_: unknown, context) => {
      context.log.info("made", { width: 3, name: "a b", error: new Error("odd"), nothing: undefined });
      context.log.warn("slow");
      context.progress(7, "far");
      context.progress(undefined, "note");
      context.counts({ a: 1 });
      context.counts({ b: 2 });
      context.skip();
    });
    const trial = bed.run(executor, 0);
    expect(await trial.end).toMatchObject({ status: "skipped", counts: { a: 1, b: 2 } });
    expect(trial.stderr()).toBe('info: made width=3 name="a b" error="odd" nothing=undefined\nwarning: slow\n');
    expect(trial.stdout()).toBe("");
    expect(trial.progress).toEqual([
      [1, "far"],
      [undefined, "note"],
    ]);
  });

  it("describes whatever is thrown", async () => {
    const hostile = Object.defineProperty({}, "message", {
      get() {
        throw new Error("no");
      },
    });
    for (const [thrown, message] of [
      [new TypeError("bad"), "bad"],
      ["text", "text"],
      [{ code: 5 }, '{"code":5}'],
      [undefined, "undefined"],
      [hostile, "cannot be read"],
    ] as const) {
      const executor = await start(() => {
        throw thrown as Error;
      });
      const end = await bed.run(executor, 0).end;
      expect(end.status).toBe("failed");
      expect(end.error?.message).toContain(message);
    }
  });

  it("aborts the signal at the soft limit, also when nobody had asked for it yet", async () => {
    const executor = await start(async (_: unknown, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      throw signal.reason;
    });
    expect(await bed.run(executor, 0, { limits: { softMs: 20 } }).end).toMatchObject({
      status: "timeout",
      error: { name: "TimeoutError" },
    });
    const late = await start(async (_: unknown, context) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      if (!context.signal.aborted) throw new Error("not aborted");
    });
    expect((await bed.run(late, 0, { limits: { softMs: 5 } }).end).status).toBe("timeout");
  });

  it("settles at the hard limit and ignores what comes later", async () => {
    const gate = gateOf();
    const executor = await start(async (_: unknown, context) => {
      await gate.promise;
      context.log.info("late");
      return "late";
    });
    const trial = bed.run(executor, 0, { limits: { softMs: 10, hardMs: 20 } });
    const end = await trial.end;
    expect(end).toMatchObject({ status: "timeout" });
    expect(end).not.toHaveProperty("output");
    gate.resolve();
    expect(executor.state).toEqual({ name: "idle" });
    await new Promise(setImmediate);
    expect(trial.stdout() + trial.stderr()).toBe("");
  });

  it("refuses what it does not have, and everything once closed", async () => {
    const executor = await start(() => new Promise(() => undefined));
    expect(await bed.run(executor, 0, { definition: "bed/toString" }).end).toMatchObject({
      status: "error",
      began: false,
    });
    const trial = bed.run(executor, 0);
    await executor.close(10);
    expect((await trial.end).status).toBe("cancelled");
    expect(await bed.run(executor, 0).end).toMatchObject({ status: "error", began: false });
    expect(await executor.exited).toEqual({ cause: "normal" });
    expect(executor.seatsFree).toBe(0);
    await expect(bed.start("inline", { module: {} })).rejects.toBeInstanceOf(CapstanError);
  });
});

function gateOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
