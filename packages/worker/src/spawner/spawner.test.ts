import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { processesMarked, TrialBed } from "../executor/trial-bed.test.support.js";
import { LineError, LineReader } from "./json-lines.js";
import { signalOne } from "./process-group.js";
import { reportWorkerDied } from "./report-worker-died.js";
import { Spawner } from "./spawner.js";
import { childrenOf } from "./stray.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const victimProgram = fileURLToPath(new URL("./victim.test.support.js", import.meta.url));
const blocking = `export default { kind: "capstan.plugin", name: "bed", definitions: { main: { validateInput: (i) => i, validateOutput: (o) => o, run: async (input) => {
  console.log("in"); if (input === "block") for (;;); await new Promise(() => setInterval(() => {}, 1000)); } } } };`;

/** An engine's end of the report: collects frames and headers, closes after each. */
async function listen(answer: (send: (text: string) => void, close: () => void) => void = (_, close) => close()) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const frames: unknown[] = [];
  const headers: unknown[] = [];
  const got = new Promise<void>((resolve) => {
    server.on("connection", (socket, request) => {
      headers.push(request.headers["authorization"]);
      socket.on("message", (data) => {
        frames.push(JSON.parse((data as Buffer).toString("utf8")));
        answer(
          (text) => socket.send(text),
          () => socket.close(),
        );
        resolve();
      });
    });
  });
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/v1/namespaces/default/worker`;
  return { url, frames, headers, got };
}

/** Starts a worker process and waits until its trials run. */
async function victim(
  standing: object | null,
): Promise<{ child: ChildProcess; mark: string; spawnerPid: number; temporary: string }> {
  const directory = mkdtempSync(join(tmpdir(), "capstan-victim-"));
  const temporary = mkdtempSync(join(tmpdir(), "capstan-victim-tmp-"));
  writeFileSync(join(directory, "index.mjs"), blocking);
  cleanups.push(() => [directory, temporary].forEach((path) => rmSync(path, { recursive: true, force: true })));
  const mark = randomUUID();
  const child = spawn(process.execPath, [victimProgram, JSON.stringify({ standing, mark, directory })], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary },
  });
  cleanups.push(() => child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (data: Buffer) => resolve(data.toString())),
  );
  return { child, mark, spawnerPid: Number(line), temporary };
}

/** Waits until a process is gone, looking again each turn of the timer. */
async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}/environ`) && !isZombie(pid)) await new Promise((resolve) => setTimeout(resolve, 2));
}

function isZombie(pid: number): boolean {
  return statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false }) === undefined;
}

describe("a worker that is killed", () => {
  it("leaves no process behind, and its death is reported", { timeout: 20_000 }, async () => {
    const engine = await listen();
    const standing = { url: engine.url, headers: { authorization: "Bearer t" }, session: "ses_1", secret: "s" };
    const { child, mark, spawnerPid, temporary } = await victim(standing);
    expect(processesMarked(`BED_MARK=${mark}`).length).toBeGreaterThanOrEqual(5);
    const killedAtMs = performance.now();
    child.kill("SIGKILL");
    await engine.got;
    const afterMs = performance.now() - killedAtMs;
    expect(processesMarked(`BED_MARK=${mark}`)).toEqual([]);
    expect(engine.headers).toEqual(["Bearer t"]);
    expect(engine.frames).toEqual([
      [{ type: "workerDied", session: "ses_1", secret: "s", trials: ["trial_a", "trial_b", "trial_c"] }],
    ]);
    expect(afterMs).toBeLessThan(1_000);
    await gone(spawnerPid);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("leaves no process behind when there is nobody to tell", { timeout: 20_000 }, async () => {
    const { child, mark, spawnerPid, temporary } = await victim(null);
    child.kill("SIGKILL");
    await gone(spawnerPid);
    expect(processesMarked(`BED_MARK=${mark}`)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("together with its spawner takes along what can end by itself", { timeout: 20_000 }, async () => {
    const { child, mark, spawnerPid } = await victim(null);
    signalOne(spawnerPid, "SIGSTOP");
    child.kill("SIGKILL");
    signalOne(spawnerPid, "SIGKILL");
    // The executor that waits sees its channel close; commands and blocked loops have nobody left to end them.
    while (processesMarked(`BED_MARK=${mark}`).filter((line) => line.startsWith("capstan-executor")).length > 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const name of readdirSync("/proc")) {
      if (/^\d+$/.test(name) && hasEntry(name, `BED_MARK=${mark}`)) signalOne(Number(name), "SIGKILL");
    }
  });
});

function hasEntry(pid: string, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(entry);
  } catch {
    return false;
  }
}

describe("a spawner that is killed", () => {
  it("takes its executors with it and is started again", { timeout: 20_000 }, async () => {
    const bed = await TrialBed.open();
    cleanups.push(() => bed.close());
    const executor = await bed.start("command");
    const node = await bed.start("node", { source: blocking });
    const command = bed.run(executor, { command: "trap '' TERM; setsid sleep 100 & echo in; sleep 100" });
    const blocked = bed.run(node, "block");
    await Promise.all([command.printed("in"), blocked.printed("in")]);
    signalOne(bed.spawner.pid ?? 0, "SIGKILL");
    for (const trial of [command, blocked]) {
      expect(await trial.end).toMatchObject({ status: "error", began: true, error: { name: "SpawnerDied" } });
    }
    expect((await blocked.end).alone).toBe(false);
    expect(await node.exited).toMatchObject({ cause: "killed" });
    const next = bed.run(executor, { command: "echo again" });
    expect((await next.end).status).toBe("succeeded");
    expect(bed.processes()).toEqual([]);
  });
});

describe("a spawner that is killed before it is ready", () => {
  it("is started again, so that its worker starts all the same", async () => {
    const others = new Set(childrenOf(process.pid));
    const spawner = Spawner.open();
    cleanups.push(() => spawner.close());
    const [first, ...more] = childrenOf(process.pid).filter((pid) => !others.has(pid));
    expect(more).toEqual([]);
    signalOne(first!, "SIGKILL");
    await spawner.ready;
    expect(spawner.pid).toBeGreaterThan(0);
    expect(spawner.pid).not.toBe(first);
  });
});

describe("a spawner", () => {
  it("survives the signals that are meant for its worker's service, and leaves no file", async () => {
    const temporaryDirectory = mkdtempSync(join(tmpdir(), "capstan-spawner-"));
    cleanups.push(() => rmSync(temporaryDirectory, { recursive: true }));
    const spawner = await Spawner.start({ temporaryDirectory });
    const [directory = ""] = readdirSync(temporaryDirectory);
    expect(statSync(join(temporaryDirectory, directory)).mode & 0o777).toBe(0o700);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) signalOne(spawner.pid ?? 0, signal);
    const ended = new Promise((resolve) => {
      spawner.spawn({ command: ["true"], cwd: "/", env: {} }, { output: () => undefined, ended: resolve });
    });
    expect(await ended).toMatchObject({ code: 0, signal: null });
    await spawner.close();
    await spawner.close();
    expect(readdirSync(temporaryDirectory)).toEqual([]);
  });

  it("gives its processes no file descriptor but their own", async () => {
    const spawner = await Spawner.start();
    cleanups.push(() => spawner.close());
    let listing = "";
    const order = { command: ["ls", "-l", "/proc/self/fd"], cwd: "/", env: { PATH: process.env["PATH"] ?? "" } };
    await new Promise((resolve) => {
      spawner.spawn(order, { output: (_, bytes) => (listing += bytes.toString()), ended: resolve });
    });
    expect(listing).not.toContain("socket:");
    expect(listing).not.toContain("control");
    expect(listing.match(/pipe-\d+/g)).toHaveLength(2);
  });

  it("ends what runs when it is closed, and refuses what comes later", async () => {
    const spawner = await Spawner.start();
    const exits: unknown[] = [];
    const order = { command: ["sleep", "100"], cwd: "/", env: { PATH: process.env["PATH"] ?? "" } };
    const ended = new Promise<void>((resolve) => {
      const group = spawner.spawn(order, {
        output: () => undefined,
        spawned: () => void spawner.close(),
        ended: (exit) => resolve(void exits.push(exit, group.pid)),
      });
    });
    await ended;
    const late = new Promise((resolve) => spawner.spawn(order, { output: () => undefined, ended: resolve }));
    expect(await late).toMatchObject({ startFailure: { code: "spawner-failed" } });
    await gone(exits[1] as number);
  });
});

describe("the report of a death", () => {
  const report = { session: "ses", secret: "s", trials: [] };

  it("is taken when the engine answers", async () => {
    const engine = await listen((send) => send("[]"));
    expect(await reportWorkerDied({ ...report, url: engine.url })).toBe(true);
  });

  it("is tried again when the connection breaks, and given up in the end", async () => {
    const engine = await listen();
    expect(await reportWorkerDied({ ...report, url: "ws://127.0.0.1:1/" }, { triesMax: 2, pauseMs: 1 })).toBe(false);
    expect(engine.frames).toEqual([]);
  });

  it("is given up when nobody answers", async () => {
    const engine = await listen(() => undefined);
    expect(await reportWorkerDied({ ...report, url: engine.url }, { triesMax: 2, tryMs: 50, pauseMs: 1 })).toBe(false);
    expect(engine.frames).toHaveLength(2);
  });
});

describe("JSON lines", () => {
  it("are read however they are cut, arrays unrolled", () => {
    const text = Buffer.from('{"a":"ä"}\n[1,2]\n\n"x"\n');
    for (let cut = 0; cut <= text.length; cut++) {
      const got: unknown[] = [];
      const reader = new LineReader(100, (message) => got.push(message));
      reader.push(text.subarray(0, cut));
      reader.push(text.subarray(cut));
      expect(got).toEqual([{ a: "ä" }, 1, 2, "x"]);
    }
  });

  it("are bounded, also when they never end", () => {
    const reader = new LineReader(10, () => undefined);
    reader.push(Buffer.from("123456789"));
    expect(() => reader.push(Buffer.from("01"))).toThrow(LineError);
    expect(() => new LineReader(3, () => undefined).push(Buffer.from('"abc"\n'))).toThrow(LineError);
  });
});
