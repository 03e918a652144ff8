import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { OutputBuffer } from "../../output/output-buffer.js";
import type { Executor } from "../executor.js";
import { TrialBed } from "../trial-bed.test.support.js";

let bed: TrialBed;
let executor: Executor;

beforeAll(async () => {
  bed = await TrialBed.open();
  executor = await bed.start("command");
});
afterAll(() => bed.close());
afterEach(() => expect(bed.processes()).toEqual([]));

const sh = (line: string): { command: string } => ({ command: line });

describe("a command", () => {
  it("succeeds with exit code 0 and has its streams captured", async () => {
    const trial = bed.run(executor, { command: ["sh", "-c", 'echo "to $0"; echo err >&2', "out"] });
    expect(await trial.end).toMatchObject({ status: "succeeded", output: { exitCode: 0 }, began: true, alone: true });
    expect([trial.stdout(), trial.stderr()]).toEqual(["to out\n", "err\n"]);
  });

  it("fails with another exit code", async () => {
    expect(await bed.run(executor, sh("exit 3")).end).toMatchObject({
      status: "failed",
      output: { exitCode: 3 },
      error: { exitCode: 3, message: "the command exited with code 3" },
    });
  });

  it("ends as an error when a signal that is not ours ends it", async () => {
    expect(await bed.run(executor, sh("kill -SEGV $$")).end).toMatchObject({
      status: "error",
      error: { signal: "SIGSEGV" },
    });
  });

  it("is told of its trial by its environment, and of nothing else of the worker's", async () => {
    process.env["BED_SECRET"] = "worker's own";
    const trial = bed.run(executor, { command: ["env"], env: { MORE: "x" } }, { slot: 2, env: { FROM_TASK: "y" } });
    await trial.end;
    const lines = trial.stdout().split("\n");
    const { trial: id } = trial.order;
    expect(lines).toEqual(expect.arrayContaining([`CAPSTAN_TRIAL=${id}`, "CAPSTAN_TASK=task_bed", "CAPSTAN_SLOT=2"]));
    expect(lines).toEqual(expect.arrayContaining(["CAPSTAN_SLOTS=4", "MORE=x", "FROM_TASK=y"]));
    expect(trial.stdout()).not.toContain("BED_SECRET");
  });

  it("works in its workspace and reads its standard input", async () => {
    const stdin = "x".repeat(1_000_000);
    const trial = bed.run(
      executor,
      { command: "pwd; wc -c", stdin, cwd: ".." },
      { workspace: `${bed.directory}/nowhere` },
    );
    expect((await trial.end).status).toBe("succeeded");
    expect(trial.stdout().split(/\s+/)).toEqual([bed.directory, "1000000", ""]);
  });

  it("may open its streams by name", async () => {
    const trial = bed.run(executor, sh("echo one > /dev/stdout; echo two > /dev/stderr"));
    expect((await trial.end).status).toBe("succeeded");
    expect([trial.stdout(), trial.stderr()]).toEqual(["one\n", "two\n"]);
  });

  it("that cannot be started ends as an error, with nothing begun", async () => {
    const end = await bed.run(executor, { command: ["no-such-program"] }).end;
    expect(end).toMatchObject({ status: "error", began: false, error: { name: "ENOENT" } });
    expect(end.error?.message).toContain('"no-such-program"');
    const elsewhere = await bed.run(executor, { command: "true", cwd: "/no/such/place" }).end;
    expect(elsewhere.error?.message).toContain("/no/such/place does not exist");
  });

  it.each([
    null,
    "true",
    {},
    { command: [] },
    { command: "" },
    { command: [1] },
    { command: "true", shell: true },
    { command: "true", env: { A: 1 } },
    { command: "true", env: { "A=B": "1" } },
    { command: "a\0b" },
    { command: "true", stdin: 5 },
  ])("with the input %j is refused for good", async (input) => {
    const end = await bed.run(executor, input).end;
    expect(end).toMatchObject({
      status: "failed",
      began: false,
      error: { name: "InvalidInput", code: "invalid-input", isRetryable: false },
    });
  });

  it("runs beside many others", async () => {
    const trials = Array.from({ length: 60 }, (_, index) => bed.run(executor, sh(`echo ${index}; exit ${index % 2}`)));
    const ends = await Promise.all(trials.map((trial) => trial.end));
    expect(trials.map((trial) => trial.stdout())).toEqual(trials.map((_, index) => `${index}\n`));
    expect(ends.map((end) => end.status)).toEqual(trials.map((_, index) => (index % 2 ? "failed" : "succeeded")));
  });
});

describe("a command's limits", () => {
  it("ask it to stop first", async () => {
    const trial = bed.run(executor, sh("trap 'echo bye; exit 0' TERM; echo hi; while :; do sleep 0.01; done"), {
      limits: { softMs: 300, hardMs: 20_000 },
    });
    const end = await trial.end;
    expect(end).toMatchObject({ status: "timeout", error: { exitCode: 0 } });
    expect(end.timings.durationMs).toBeLessThan(10_000);
    expect(trial.stdout()).toBe("hi\nbye\n");
  });

  it("kill it with all its children when it ignores that", async () => {
    const script = "trap '' TERM; echo hi; (trap '' TERM; sleep 100) & setsid sleep 100 & sleep 100";
    const trial = bed.run(executor, sh(script), { limits: { softMs: 200, hardMs: 400 } });
    const end = await trial.end;
    expect(end).toMatchObject({ status: "timeout", error: { signal: "SIGKILL" } });
    expect(end.error?.message).toContain("200 ms and was killed");
    expect(end.timings.durationMs).toBeGreaterThanOrEqual(395);
    expect(trial.stdout()).toBe("hi\n");
  });

  it("hold when it is cancelled", async () => {
    const trial = bed.run(executor, sh("trap '' TERM; echo hi; while :; do sleep 1; done"));
    await trial.printed("hi");
    trial.stop("cancel", 50);
    expect(await trial.end).toMatchObject({ status: "cancelled", error: { signal: "SIGKILL" } });
  });

  it("may be cut short", async () => {
    const trial = bed.run(executor, sh("trap '' TERM; echo hi; while :; do sleep 1; done"));
    await trial.printed("hi");
    trial.stop("pause", 60_000);
    trial.stop("cancel", 0);
    const end = await trial.end;
    expect(end.status).toBe("cancelled");
    expect(end.error?.message).toContain("(pause)");
  });

  it("hold when it is stopped before its process is there", async () => {
    const trial = bed.run(executor, sh("sleep 100"));
    trial.stop("cancel", 0);
    expect((await trial.end).status).toBe("cancelled");
  });

  it("end it when it takes too much memory, its children counted", async () => {
    const script = "node -e 'globalThis.hog = Buffer.alloc(300e6, 1); setInterval(() => {}, 1000)' & wait";
    const trial = bed.run(executor, sh(script), { limits: { memoryBytes: 150 * 1024 * 1024 } });
    const end = await trial.end;
    expect(end).toMatchObject({ status: "error", error: { name: "MemoryLimit" } });
    expect(end.error?.message).toContain("more than its memory limit of 150 MiB");
    expect(end.usage?.memoryBytesPeak).toBeGreaterThan(150 * 1024 * 1024);
  });
});

describe("what a command leaves behind", () => {
  it.each([
    ["a child that holds its pipes", "sleep 100 &"],
    ["a child in a session of its own that holds them", "setsid sleep 100 &"],
    ["a child that let go of them", "sleep 100 > /dev/null 2>&1 &"],
    ["a daemon", "setsid sleep 100 < /dev/null > /dev/null 2>&1 &"],
    ["a daemon's daemon", "setsid sh -c 'setsid sleep 100 & sleep 100' > /dev/null 2>&1 &"],
  ])("is gone when its trial has ended: %s", async (_, script) => {
    const trial = bed.run(executor, sh(`${script} echo done; sleep 0.05`));
    const end = await trial.end;
    expect(bed.processes()).toEqual([]);
    expect(end.status).toBe("succeeded");
    expect(end.timings.durationMs).toBeLessThan(5_000);
    expect(trial.stdout()).toBe("done\n");
  });

  it("may finish its writing", async () => {
    const trial = bed.run(executor, { command: ["bash", "-c", "exec > >(sleep 0.05; tr a-z A-Z); echo late"] });
    await trial.end;
    expect(trial.stdout()).toBe("LATE\n");
  });
});

describe("a command's output", () => {
  it("is whole when it is large", async () => {
    const trial = bed.run(executor, sh("head -c 20000000 /dev/zero; echo end"));
    expect((await trial.end).status).toBe("succeeded");
    expect(trial.bytes().length).toBe(20_000_004);
  });

  it("keeps its bytes, and is text in the buffer", async () => {
    const trial = bed.run(executor, sh("printf 'a\\377\\303'; sleep 0.05; printf '\\244z'"));
    await trial.end;
    expect(trial.bytes()).toEqual(Buffer.from([0x61, 0xff, 0xc3, 0xa4, 0x7a]));
    const buffer = new OutputBuffer({ ready: () => undefined });
    for (const byte of trial.bytes()) buffer.write("stdout", Uint8Array.of(byte));
    buffer.end();
    expect(buffer.take().map((chunk) => chunk.text)).toEqual(["a\uFFFDäz"]);
  });

  it("waits in the pipe while it is paused", async () => {
    const trial = bed.run(executor, sh("head -c 5000000 /dev/zero; echo end"));
    trial.pauseOutput(true);
    await bed.run(executor, sh("sleep 0.2")).end;
    expect(trial.bytes().length).toBeLessThan(200_000);
    trial.pauseOutput(false);
    expect((await trial.end).status).toBe("succeeded");
    expect(trial.bytes().length).toBe(5_000_004);
  });
});

describe("an executor of commands", () => {
  it("stops what runs when it is closed, and takes no more", async () => {
    const other = await bed.start("command");
    const trial = bed.run(other, sh("sleep 100"));
    expect(other.state).toEqual({ name: "busy", trials: 1 });
    await other.close(1_000);
    expect((await trial.end).status).toBe("cancelled");
    expect(await other.exited).toEqual({ cause: "normal" });
    expect(await bed.run(other, sh("true")).end).toMatchObject({ status: "error", began: false });
  });

  it("runs a plugin's own program with the input on standard input", async () => {
    const other = await bed.start("command", { manifest: { command: ["sh", "-c", "cat; pwd"] } });
    const trial = bed.run(other, { a: [1] });
    expect((await trial.end).status).toBe("succeeded");
    expect(trial.stdout()).toMatch(/^\{"a":\[1\]\}.*revision-\d+\n$/s);
  });
});
