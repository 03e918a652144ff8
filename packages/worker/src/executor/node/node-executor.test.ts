import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Executor, ExecutorManifest } from "../executor.js";
import { CapstanError } from "@capstan/protocol";
import { TrialBed } from "../trial-bed.test.support.js";

let bed: TrialBed;
const executors: Executor[] = [];

beforeAll(async () => {
  bed = await TrialBed.open();
});
afterAll(() => bed.close());
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close(0)));
  expect(bed.processes()).toEqual([]);
});

/** Starts an executor whose definition `main` has the body, with `input` and `context` in scope. */
async function start(body: string, manifest: ExecutorManifest = {}, limits = {}): Promise<Executor> {
  const source = `
    import fs from "node:fs"; import { spawn, spawnSync } from "node:child_process"; import { setTimeout as sleep } from "node:timers/promises";
    export const plugin = { kind: "capstan.plugin", name: "bed", definitions: { main: { name: "main", validateInput: (i) => i, validateOutput: (o) => o, run: async (input, context) => { ${body} } } } };`;
  const executor = await bed.start("node", { source, manifest, limits });
  executors.push(executor);
  return executor;
}

describe("a task in a node executor", () => {
  it("gets its input and context, and answers", async () => {
    const executor = await start(`
      context.log.info("working", { on: input.name }); context.progress(0.5, "half"); context.counts({ passed: 2 });
      return { ...context.trial, env: context.env.MODE, workspace: context.workspace, name: input.name };`);
    expect(executor.loadMs).toBeGreaterThan(0);
    const trial = bed.run(executor, { name: "a" }, { env: { MODE: "fast" }, workspace: "/tmp", number: 2 });
    const end = await trial.end;
    expect(end).toMatchObject({ status: "succeeded", counts: { passed: 2 }, alone: true, began: true });
    expect(end.output).toEqual({
      id: trial.order.trial,
      task: "task_bed",
      number: 2,
      round: 1,
      definition: "bed/main",
      revision: "rev_bed",
      env: "fast",
      workspace: "/tmp",
      name: "a",
    });
    expect(trial.stderr()).toBe("info: working on=a\n");
    expect(trial.progress).toEqual([[0.5, "half"]]);
    expect(end.usage?.cpuMs).toBeGreaterThanOrEqual(0);
  });

  it("fails by throwing, for good when the error says so, and skips by saying so", async () => {
    const executor = await start(`
      if (input === "skip") context.skip("nothing new");
      if (input === "odd") throw null;
      throw Object.assign(new RangeError("too " + input), input === "bad" ? { retryable: false } : {});`);
    expect(await bed.run(executor, "big").end).toMatchObject({
      status: "failed",
      error: { name: "RangeError", message: "too big" },
    });
    expect((await bed.run(executor, "bad").end).error).toMatchObject({ isRetryable: false });
    expect((await bed.run(executor, "odd").end).error).toEqual({ message: "null" });
    expect(await bed.run(executor, "skip").end).toMatchObject({ status: "skipped", output: "nothing new" });
  });

  it("has its input and output checked", async () => {
    const source = `export default { kind: "capstan.plugin", name: "bed", definitions: { main: {
      validateInput: (input) => { if (typeof input !== "number") throw new TypeError("not a number"); return input + 1; },
      validateOutput: (output) => { if (output > 10) throw new TypeError("too large"); return output; },
      run: (input) => input * 2 } } };`;
    const executor = await bed.start("node", { source });
    executors.push(executor);
    expect(await bed.run(executor, 1).end).toMatchObject({ status: "succeeded", output: 4 });
    expect((await bed.run(executor, "1").end).error).toMatchObject({ name: "TypeError", message: "not a number" });
    expect((await bed.run(executor, 9).end).error).toMatchObject({ name: "TypeError", message: "too large" });
  });

  it("whose output is no JSON, or too large, fails and harms no other", async () => {
    const executor = await start(
      `return input === "large" ? "x".repeat(300000) : { big: 1n };`,
      {},
      { lineBytesMax: 200_000 },
    );
    expect((await bed.run(executor, "").end).error).toMatchObject({
      name: "InvalidOutput",
      code: "invalid-output",
      isRetryable: false,
    });
    expect((await bed.run(executor, "large").end).error?.message).toContain("larger than 200000 bytes");
    expect(executor.state.name).toBe("idle");
  });

  it("is refused when the revision does not have it", async () => {
    const executor = await start("");
    for (const definition of ["bed/other", "bed/constructor", "bed/__proto__"]) {
      const end = await bed.run(executor, 1, { definition }).end;
      expect(end).toMatchObject({
        status: "error",
        began: false,
        error: { name: "UnknownDefinition", code: "unknown-definition", isRetryable: false },
      });
    }
  });
});

describe("a time limit of a node executor", () => {
  it("aborts the signal", async () => {
    const executor = await start(`
      return new Promise((_, reject) => context.signal.addEventListener("abort", () => {
        console.log("told", context.signal.reason.name); reject(context.signal.reason); }));`);
    const trial = bed.run(executor, 0, { limits: { softMs: 50 } });
    expect(await trial.end).toMatchObject({ status: "timeout", error: { name: "TimeoutError" } });
    expect(trial.stdout()).toBe("told TimeoutError\n");
    expect(await executor.exited).toMatchObject({ cause: "normal" });
  });

  it("kills a blocked event loop and its children, and keeps the output", async () => {
    const executor = await start(`
      console.log("blocking"); spawn("setsid", ["sleep", "100"]); spawn("sleep", ["100"], { stdio: "inherit" }); await sleep(20); for (;;);`);
    const trial = bed.run(executor, 0, { limits: { softMs: 200, hardMs: 300 } });
    const end = await trial.end;
    expect(bed.processes()).toEqual([]);
    expect(end).toMatchObject({ status: "timeout", alone: true });
    expect(end.error?.message).toContain("was killed");
    expect(trial.stdout()).toBe("blocking\n");
    expect(await executor.exited).toMatchObject({ cause: "timeout", signal: "SIGKILL" });
    expect(executor.seatsFree).toBe(0);
  });

  it("that kills makes the others in the executor errors, suspected of nothing", async () => {
    const executor = await start(
      `console.log("in"); if (input === "block") { await sleep(50); for (;;); } await sleep(100000);`,
      { trialsPerExecutor: 2 },
    );
    const other = bed.run(executor, "wait");
    await other.printed("in");
    const blocker = bed.run(executor, "block", { limits: { softMs: 150, hardMs: 250 } });
    expect(await blocker.end).toMatchObject({ status: "timeout", alone: false });
    expect(await other.end).toMatchObject({ status: "error", alone: false, error: { name: "ExecutorKilled" } });
  });

  it("is brought forward by a stop, and what ends then is cancelled", async () => {
    const executor = await start(
      `console.log("in"); await sleep(100000, 0, { signal: context.signal }).catch(() => {}); return 1;`,
    );
    const trial = bed.run(executor, 0);
    await trial.printed("in");
    trial.stop("twin");
    expect((await trial.end).status).toBe("cancelled");
    expect(await bed.run(executor, 0, { limits: { softMs: 1 } }).end).toMatchObject({ status: "timeout" });
  });
});

describe("a crash of a node executor", () => {
  it.each([
    [
      "a native crash",
      `process.kill(process.pid, "SIGSEGV"); await sleep(1000);`,
      { signal: "SIGSEGV", name: "ExecutorDied" },
    ],
    ["process.exit", `process.exit(4);`, { exitCode: 4, name: "ProcessExit" }],
    ["process.exit with 0", `process.exit();`, { exitCode: 0, name: "ProcessExit" }],
    ["process.abort", `process.abort();`, { signal: "SIGABRT", name: "ExecutorDied" }],
    [
      "an uncaught error",
      `setTimeout(() => { throw new RangeError("late") }); await sleep(1000);`,
      { exitCode: 1, name: "RangeError" },
    ],
    [
      "an unhandled rejection",
      `void Promise.reject(new RangeError("late")); await sleep(1000);`,
      { exitCode: 1, name: "RangeError" },
    ],
    ["a full heap", `const hog = []; for (;;) hog.push(new Array(1e6).fill({}));`, { signal: "SIGABRT" }],
  ])("ends what ran in it as an error: %s", async (_, body, error) => {
    const isHeap = body.includes("hog");
    const executor = await start(
      `console.log("last words"); ${body}`,
      isHeap ? { env: { NODE_OPTIONS: "--max-old-space-size=64" } } : {},
    );
    const trial = bed.run(executor, 0);
    expect(await trial.end).toMatchObject({ status: "error", alone: true, began: true, error });
    expect(trial.stdout()).toContain("last words\n");
    expect(await executor.exited).toMatchObject({ cause: "failure" });
    expect(await bed.run(executor, 0).end).toMatchObject({ status: "error", began: false });
  });

  it("spares what had ended, and marks what ran together", async () => {
    const executor = await start(
      `if (input === "crash") process.kill(process.pid, "SIGKILL"); if (input === "wait") { console.log("in"); await sleep(100000); } return input;`,
      {
        trialsPerExecutor: 3,
      },
    );
    const waiting = bed.run(executor, "wait");
    await waiting.printed("in");
    const done = bed.run(executor, "done");
    const crashed = bed.run(executor, "crash");
    expect(await done.end).toMatchObject({ status: "succeeded", output: "done" });
    expect(await crashed.end).toMatchObject({ status: "error", alone: false });
    expect(await waiting.end).toMatchObject({ status: "error", alone: false });
  });

  it("is the word for too much memory", async () => {
    const executor = await start(`globalThis.hog = Buffer.alloc(300e6, 1); await sleep(100000);`);
    const trial = bed.run(executor, 0, { limits: { memoryBytes: 150 * 1024 * 1024 } });
    expect(await trial.end).toMatchObject({ status: "error", alone: true, error: { name: "MemoryLimit" } });
  });
});

describe("output in a node executor", () => {
  it("goes to the right one of several trials", async () => {
    const body = `
      for (let line = 0; line < 20; line++) {
        console.log(input, "line", line); process.stderr.write(Buffer.from(input + " raw\\n"));
        await (line % 2 ? sleep(1) : new Promise(setImmediate));
        await new Promise((resolve) => fs.stat(".", () => { console.log(input, "callback"); resolve(); }));
      }`;
    const executor = await start(body, { trialsPerExecutor: 8 });
    const names = ["a", "b", "c", "d", "e", "f"];
    const trials = names.map((name) => bed.run(executor, name));
    await Promise.all(trials.map((trial) => trial.end));
    trials.forEach((trial, index) => {
      const name = names[index] as string;
      const lines = Array.from({ length: 20 }, (_, line) => `${name} line ${line}\n${name} callback\n`);
      expect(trial.stdout()).toBe(lines.join(""));
      expect(trial.stderr()).toBe(`${name} raw\n`.repeat(20));
    });
  });

  it("that bypasses the streams goes to the only trial, or to all with a tag", async () => {
    const executor = await start(
      `if (input === "wait") { console.log("in"); await sleep(100000, 0, { signal: context.signal }).catch(() => {}); return; }
       fs.writeSync(1, "bypass\\n"); spawnSync("echo", ["child"], { stdio: "inherit" });`,
      { trialsPerExecutor: 2 },
    );
    const alone = bed.run(executor, 0);
    await alone.end;
    expect(alone.stdout()).toBe("bypass\nchild\n");
    const waiting = bed.run(executor, "wait");
    await waiting.printed("in");
    const beside = bed.run(executor, 0);
    await beside.end;
    for (const trial of [waiting, beside])
      expect(trial.stdout()).toContain("[capstan: printed by one of 2 trials in this executor]\nbypass\n");
    waiting.stop("cancel");
    await waiting.end;
  });

  it("is whole when it is megabytes, bytes that are no text included", async () => {
    const executor = await start(`
      for (let i = 0; i < 100; i++) process.stdout.write("line ".repeat(20000) + "\\n");
      process.stdout.write(Buffer.from([0xff, 0xc3])); process.stdout.write(Buffer.from([0xa4]));
      process.stdout.write("6869", "hex"); await new Promise((resolve) => process.stdout.write("!", resolve));`);
    const trial = bed.run(executor, 0);
    expect((await trial.end).status).toBe("succeeded");
    expect(trial.bytes().length).toBe(100 * 100_001 + 6);
    expect(trial.bytes().subarray(-6)).toEqual(Buffer.from([0xff, 0xc3, 0xa4, 0x68, 0x69, 0x21]));
  });
});

describe("a node executor", () => {
  it("says how many trials it takes, and refuses more", async () => {
    const executor = await start(`console.log("in"); await sleep(100000, 0, { signal: context.signal });`, {
      trialsPerExecutor: 2,
    });
    expect([executor.seatsFree, executor.state]).toEqual([2, { name: "idle" }]);
    const trials = [bed.run(executor, 0), bed.run(executor, 0)];
    expect([executor.seatsFree, executor.state]).toEqual([0, { name: "busy", trials: 2 }]);
    expect(await bed.run(executor, 0).end).toMatchObject({ status: "error", began: false });
    await executor.close(1_000);
    expect((await Promise.all(trials.map((trial) => trial.end))).map((end) => end.status)).toEqual([
      "cancelled",
      "cancelled",
    ]);
    expect(await executor.exited).toMatchObject({ cause: "normal", exitCode: 0 });
  });

  it("is spent after its share of trials, and leaves", async () => {
    const executor = await start(`return 1;`, {}, { trialsMax: 3 });
    for (let trial = 0; trial < 3; trial++) expect((await bed.run(executor, 0).end).status).toBe("succeeded");
    expect(executor.isSpent).toBe(true);
    expect(await executor.exited).toMatchObject({ cause: "normal" });
  });

  it("is spent when it has grown too large", async () => {
    const executor = await start(`globalThis.hog = Buffer.alloc(100e6, 1);`, {}, { rssBytesMax: 120e6 });
    expect((await bed.run(executor, 0).end).status).toBe("succeeded");
    expect(await executor.exited).toMatchObject({ cause: "normal" });
  });

  it.each([
    ["throws", `console.log("loading"); throw new Error("no luck")`, /no luck.*\nloading/s],
    ["is no plugin", `export const x = 1`, /exports no plugin/],
    [
      "has two plugins",
      `const definitions = {}; export const a = { kind: "capstan.plugin", name: "a", definitions }, b = { ...a };`,
      /exports 2 plugins/,
    ],
    ["does not parse", `export const = 1`, /could not be loaded/],
    ["exits", `process.exit(3)`, /process\.exit\(3\)/],
    ["never ends", `await new Promise(() => setInterval(() => {}, 1000))`, /not ready after 1500 ms/],
    ["blocks", `for (;;);`, /not ready after 1500 ms/],
  ])("does not start when its module %s", async (_, source, message) => {
    const limits = message.source.includes("not ready") ? { loadMs: 1_500 } : {};
    const failure = await bed.start("node", { source, limits }).then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(CapstanError);
    expect(failure).toMatchObject({ code: "revision-load-failed" });
    expect((failure as Error).message).toMatch(message);
  });
});
