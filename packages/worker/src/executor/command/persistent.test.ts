import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Executor, ExecutorLimits } from "../executor.js";
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

interface ProgramOptions {
  limits?: Partial<ExecutorLimits>;
  trialsPerExecutor?: number;
  /** What the program says of itself when it is ready. */
  ready?: string;
}

async function start(command: string[], source: string, options: ProgramOptions = {}): Promise<Executor> {
  const { limits = {}, trialsPerExecutor = 1 } = options;
  const manifest = { command, persistent: true, trialsPerExecutor, entry: "program" };
  const executor = await bed.start("command", { source, manifest, limits });
  executors.push(executor);
  return executor;
}

/** A program for Node that answers each trial by the body, with `message` and `send` in scope. */
const node = (body: string, ready = "{}"): string => `
  const { Socket } = require("node:net"); const { createInterface } = require("node:readline");
  const worker = new Socket({ fd: 3, readable: true, writable: true });
  const send = (type, message) => worker.write(JSON.stringify({ type, ...message }) + "\\n");
  worker.on("close", () => process.exit());
  createInterface(worker).on("line", (line) => { const message = JSON.parse(line); if (message.type === "close") process.exit(); ${body} });
  send("ready", ${ready});`;
const startNode = (body: string, options: ProgramOptions = {}): Promise<Executor> =>
  start([process.execPath, "program"], node(body, options.ready), options);

describe("a persistent program", () => {
  it("in Python, as in the documentation, runs trial after trial", async () => {
    const page = readFileSync(new URL("../../../../../docs/persistent-executors.md", import.meta.url), "utf8");
    const source = /```python\n(.*?)```/s.exec(page)?.[1] ?? "";
    const executor = await start(["python3", "program"], source);
    for (const input of ["a", "bcd", "ä".repeat(100_000)]) {
      const trial = bed.run(executor, input);
      expect(await trial.end).toMatchObject({ status: "succeeded", output: { length: input.length }, alone: true });
      expect(trial.stdout()).toBe(`hello ${input}\n`);
      expect(trial.progress).toEqual([[0.5, undefined]]);
    }
    expect(await bed.run(executor, 5).end).toMatchObject({ status: "failed", error: { name: "TypeError" } });
    await executor.close(0);
    expect(await executor.exited).toMatchObject({ cause: "normal", exitCode: 0 });
  });

  it("may run several trials and attribute their output", async () => {
    const body = `
      (globalThis.got ??= []).push(message); if (got.length < 2) return;
      for (const { trial } of got) { send("log", { trial, stream: "stderr", text: "for " + trial }); send("log", { trial, stream: "stdout", base64: "/w==" }); }
      console.log("for anyone");
      for (const { trial, input } of got) send("result", { trial, status: "skipped", output: input, counts: { pending: 2 } });`;
    const executor = await startNode(body, { ready: "{ trials: 2 }", trialsPerExecutor: 5 });
    expect(executor.seatsFree).toBe(2);
    const trials = [bed.run(executor, 1), bed.run(executor, 2)];
    const ends = await Promise.all(trials.map((trial) => trial.end));
    expect(ends.map((end) => [end.status, end.output])).toEqual([
      ["skipped", 1],
      ["skipped", 2],
    ]);
    for (const trial of trials) {
      expect(trial.stderr()).toBe(`for ${trial.order.trial}`);
      expect(trial.bytes().includes(0xff)).toBe(true);
      expect(trial.stdout()).toContain("one of 2 trials in this executor]\nfor anyone\n");
    }
  });

  it("is told to stop, and killed when it does not", async () => {
    const executor = await startNode(`
      if (message.type === "trial") { globalThis.stubborn = message.input === "stubborn"; console.log("in"); }
      if (message.type === "stop" && !stubborn) send("result", { trial: message.trial, status: "succeeded", output: message.reason });`);
    const polite = bed.run(executor, "polite");
    await polite.printed("in");
    polite.stop("pause");
    expect(await polite.end).toMatchObject({ status: "cancelled", output: "pause" });
    const stubborn = bed.run(executor, "stubborn", { limits: { softMs: 100, hardMs: 150 } });
    expect(await stubborn.end).toMatchObject({ status: "timeout", error: { signal: "SIGKILL" } });
  });

  it("may get ready what a trial needs, in a time of its own", async () => {
    const executor = await startNode(`
      if (message.type !== "trial") return;
      const { trial, input } = message;
      send("preparing", { trial, limitMs: input === "unready" ? 100 : 60_000 });
      if (input === "unready") return;
      setTimeout(() => {
        send("prepared", { trial });
        if (input !== "slow") send("result", { trial, status: "succeeded" });
      }, 400);`);
    const limits = { softMs: 200, hardMs: 250 };
    const { status, timings } = await bed.run(executor, "good", { limits }).end;
    expect(status).toBe("succeeded");
    expect(timings.loadMs).toBeGreaterThanOrEqual(399);
    expect(timings.durationMs).toBeLessThan(200);
    const end = await bed.run(executor, "slow", { limits }).end;
    expect(end).toMatchObject({ status: "timeout" });
    expect(end.timings.durationMs).toBeGreaterThanOrEqual(249);
    const other = await startNode(`send("preparing", { trial: message.trial, limitMs: 100 });`);
    expect(await bed.run(other, 0).end).toMatchObject({ status: "timeout" });
  });

  it.each([
    ["logged", `send("log", { trial, stream: "stdout", text: "in" })`],
    ["told its progress", `send("progress", { trial, fraction: 0.5 })`],
    ["been got ready", `send("preparing", { trial, limitMs: 60_000 }); send("prepared", { trial })`],
  ])("is not got ready for a trial that has %s", async (_, said) => {
    const executor = await startNode(`
      if (message.type !== "trial") return;
      const { trial } = message;
      ${said};
      send("preparing", { trial, limitMs: 60_000 });`);
    expect(await bed.run(executor, 0, { limits: { softMs: 100, hardMs: 150 } }).end).toMatchObject({
      status: "timeout",
    });
  });

  it("may log and tell its progress while it gets ready", async () => {
    const executor = await startNode(`
      if (message.type !== "trial") return;
      const { trial } = message;
      send("preparing", { trial, limitMs: 60_000 });
      send("log", { trial, stream: "stdout", text: "getting ready" });
      send("progress", { trial, fraction: 0.5 });
      send("prepared", { trial });
      send("result", { trial, status: "succeeded" });`);
    const trial = bed.run(executor, 0);
    expect(await trial.end).toMatchObject({ status: "succeeded", timings: { loadMs: expect.any(Number) as number } });
    expect(trial.stdout()).toBe("getting ready");
  });

  it("keeps what it has started while it got ready, and nothing that a trial leaves", async () => {
    const executor = await startNode(`
      if (message.type !== "trial") return;
      const { trial, input } = message;
      const { spawnSync } = require("node:child_process");
      const leave = (seconds) => spawnSync("sh", ["-c", "setsid sleep " + seconds + " >/dev/null 2>&1 &"]);
      if (input === "first") { send("preparing", { trial, limitMs: 10_000 }); leave("1001"); }
      else leave("1002");
      // Of the second nothing was got ready, whatever it says.
      send("prepared", { trial });
      send("result", { trial, status: "succeeded" });`);
    await bed.run(executor, "first").end;
    await bed.run(executor, "second").end;
    // Whatever else there is has not become a sleep yet, or is not gone yet.
    await expect.poll(() => bed.processes().filter((line) => !line.includes(" program"))).toEqual(["sleep 1001 "]);
  });

  it("has the time to end that it asked for, and what it prints then is told", async () => {
    const source = `
      const { Socket } = require("node:net"); const { createInterface } = require("node:readline");
      const worker = new Socket({ fd: 3, readable: true, writable: true });
      createInterface(worker).on("line", (line) => {
        const { type, trial } = JSON.parse(line);
        if (type === "trial") { console.log("in the trial"); worker.write(JSON.stringify({ type: "result", trial, status: "succeeded" }) + "\\n"); }
        if (type === "close") setTimeout(() => { console.log("bye"); process.exit(); }, 1_200);
      });
      worker.write(JSON.stringify({ type: "ready", closeMs: 60_000 }) + "\\n");`;
    const patient = await start([process.execPath, "program"], source);
    expect(patient.closeMs).toBe(60_000);
    expect((await bed.run(patient, 0).end).status).toBe("succeeded");
    await patient.close(0);
    expect(await patient.exited).toMatchObject({ cause: "normal", exitCode: 0, output: "bye\n" });
    const stopped = await start([process.execPath, "program"], source);
    const closing = stopped.close(0);
    stopped.kill?.();
    await closing;
    expect(await stopped.exited).toMatchObject({ cause: "killed", signal: "SIGKILL" });
    const hurried = await start([process.execPath, "program"], source, { limits: { closeMsMax: 100 } });
    await hurried.close(0);
    expect(await hurried.exited).toMatchObject({ cause: "killed" });
  });

  it.each([
    ["text", `worker.write("hello\\n")`, /no JSON/],
    ["a number", `worker.write("5\\n")`, /no JSON object/],
    ["null in an array", `worker.write("[null]\\n")`, /no JSON object/],
    ["an unknown type", `send("constructor", {})`, /unknown message type "constructor"/],
    ["an unknown status", `send("result", { trial: message.trial, status: "lost" })`, /wrong status/],
    ["a wrong error", `send("result", { trial: message.trial, status: "failed", error: "x" })`, /wrong error/],
    ["wrong counts", `send("result", { trial: message.trial, status: "failed", counts: { a: "1" } })`, /wrong counts/],
    ["a time without end", `send("preparing", { trial: message.trial, limitMs: null })`, /wrong limitMs/],
    ["another's trial", `send("result", { trial: "trial_x", status: "failed" })`, /does not run in it: trial_x/],
    ["a line without end", `for (let i = 0; i < 100; i++) worker.write("x".repeat(10000))`, /longer than 100000 bytes/],
    ["invalid UTF-8", `worker.write(Buffer.from([0x22, 0xff, 0x0a]))`, /no JSON/],
  ])("that sends garbage is an error: %s", async (_, body, message) => {
    const executor = await startNode(body, { limits: { lineBytesMax: 100_000 } });
    const end = await bed.run(executor, 0).end;
    expect(end).toMatchObject({ status: "error", alone: true, error: { name: "ExecutorProtocol" } });
    expect(end.error?.message).toMatch(message);
    expect(await executor.exited).toMatchObject({ cause: "failure" });
  });

  it("that exits ends its trial as an error", async () => {
    const executor = await startNode(`process.exit(7)`);
    expect(await bed.run(executor, 0).end).toMatchObject({
      status: "error",
      error: { name: "ExecutorDied", exitCode: 7 },
    });
  });

  it.each([
    ["is not there", { command: ["no-such-program"], source: "", code: "executor-start-failed" }],
    ["ends", { command: ["sh", "program"], source: "echo sorry >&2; exit 1", code: "executor-start-failed" }],
    [
      "says so",
      {
        command: ["sh", "program"],
        source: `echo '{"type":"failed","error":{"message":"sorry"}}' >&3`,
        code: "revision-load-failed",
      },
    ],
    ["never is ready", { command: ["sh", "program"], source: "echo sorry; sleep 100", code: "revision-load-failed" }],
    ["is not named", { command: [], source: "", code: "revision-load-failed" }],
  ])("does not start when it %s", async (_, { command, source, code }) => {
    const limits = source.includes("sleep") ? { loadMs: 1_000 } : {};
    const failure = await start(command, source, { limits }).then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(CapstanError);
    expect(failure).toMatchObject({ code });
    if (source.includes("sorry")) expect((failure as Error).message).toContain("sorry");
  });
});
