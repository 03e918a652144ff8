import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProcessMark, Script, within } from "@capstan/testkit";
import { bin, useBed } from "./engine.test.support.js";

const bed = useBed();
const run = promisify(execFile);

interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a process of its own, as a shell would start it. */
async function shell(line: string, env: Record<string, string> = {}): Promise<Exit> {
  const options = {
    env: { ...process.env, ...bed.env, CAPSTAN: `${process.execPath} ${bin}`, ...env },
    cwd: bed.folder,
  };
  try {
    const { stdout, stderr } = await run("bash", ["-c", line], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Exit;
  }
}

describe("a process", () => {
  test("ends with the code of the result", async () => {
    expect((await shell("$CAPSTAN run --max-trials 1 -- true")).code).toBe(0);
    expect((await shell("$CAPSTAN run --max-trials 1 -- false")).code).toBe(1);
    expect((await shell("$CAPSTAN run --timeout never -- true")).code).toBe(2);
    expect((await shell("$CAPSTAN status", { CAPSTAN_URL: "http://127.0.0.1:9" })).code).toBe(3);
  });

  test("colours a pipe only when it is forced to", async () => {
    const line = "$CAPSTAN run --name colours --max-trials 1 -- true";
    const escape = "\u001b[";
    expect((await shell(line)).stdout).not.toContain(escape);
    expect((await shell(line, { FORCE_COLOR: "1" })).stdout).toContain(escape);
    expect((await shell(line, { FORCE_COLOR: "1", NO_COLOR: "1" })).stdout).not.toContain(escape);
  });

  test("does not mind a reader that leaves", async () => {
    const lines = Array.from({ length: 3_000 }, () => '{"command":"true"}').join("\n");
    await bed.call(["launch", "command/run", "--stdin", "--name", "many"], { stdin: lines });
    await bed.call(["pause", "many"]);
    const { stdout, stderr } = await shell('$CAPSTAN tasks --limit 3000 | head -1; echo "codes ${PIPESTATUS[*]}"');
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^task_\w+\t.*\ncodes 0 0\n$/);
    await bed.call(["cancel", "many", "--wait"]);
  });

  test("reads stdin from a pipe", async () => {
    const { code, stdout } = await shell("printf 'true\\ntrue\\n' | $CAPSTAN run --stdin --name piped");
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("piped succeeded: 2 ") as string,
    });
  });
});

async function start(...args: string[]): Promise<Script> {
  return Script.start(bin, { args, env: bed.env, cwd: bed.folder });
}

describe("signals", () => {
  test("the first cancels the taskset and waits for its end, with exit code 130", async () => {
    const script = await start("run", "--name", "interrupted", "--", "echo begun; sleep 60");
    await script.waitForLine("launched");
    await untilRunning(await tasksetNamed("interrupted"));
    script.kill("SIGINT");
    expect(await within(script.exited, 10_000, "the end")).toEqual({ code: 130, signal: null });
    expect(script.lines.at(-1)).toMatch(/^interrupted cancelled: 1 cancelled/);
    expect(script.stderr).toContain("once more leaves at once");
    expect((await bed.client.taskset(await tasksetNamed("interrupted")).refresh()).status).toBe("cancelled");
  });

  test("the second leaves at once, and the engine goes on cancelling", async () => {
    const line = "trap '' TERM; echo begun; while :; do sleep 0.1; done";
    const script = await start("run", "--name", "stubborn", "--json", "--", line);
    const { taskset } = JSON.parse(await script.waitForLine("launched")) as { taskset: string };
    await untilRunning(taskset);
    script.kill("SIGTERM");
    await untilStatus(taskset, "cancelling");
    script.kill("SIGTERM");
    // A shell calls that 130.
    expect(await within(script.exited, 2_000, "the end")).toEqual({ code: null, signal: "SIGINT" });
    expect((await bed.client.taskset(taskset).result()).status).toBe("cancelled");
  });
});

async function tasksetNamed(name: string): Promise<string> {
  for await (const { id } of bed.client.tasksets({ name })) return id;
  throw new Error(`no taskset is called ${name}`);
}

async function untilRunning(taskset: string): Promise<void> {
  for await (const { counts } of bed.client.taskset(taskset).progress({ everyMs: 20 })) if (counts.running > 0) return;
}

async function untilStatus(taskset: string, status: string): Promise<void> {
  for await (const view of bed.client.taskset(taskset).progress({ everyMs: 20 })) if (view.status === status) return;
}

describe.runIf(process.platform === "linux")("capstan up", () => {
  let folder = "";
  const mark = new ProcessMark();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "capstan-up-"));
  });
  afterEach(async () => {
    await mark.killAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function up(...args: string[]): Promise<{ script: Script; url: string }> {
    const script = await Script.start(bin, {
      args: ["up", "--port", "0", "--slots", "2", "--json", ...args],
      env: mark.env,
      cwd: folder,
    });
    const ready = JSON.parse(await script.waitForLine("ready", 15_000)) as { url: string };
    return { script, url: ready.url };
  }

  test("starts engine and workers, keeps what was done, and ends without leaving a process", async () => {
    const { script, url } = await up("--workers", "2");
    const { json } = await bed.call(["workers", "--json", "--url", url]);
    expect(
      new Set(json.map(({ name, status, slots }) => `${String(name)} ${String(status)} ${String(slots)}`)),
    ).toEqual(new Set(["worker-1 ready 2", "worker-2 ready 2"]));
    expect(
      (await bed.call(["run", "--url", url, "--name", "kept", "--each", "1", "2", "3", "--", "test {} -gt 0"])).code,
    ).toBe(0);
    const second = await shell(`$CAPSTAN up --port 0 --data ${join(folder, ".capstan")}`);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("choose another folder with --data") as string,
    });
    expect(await script.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    await mark.waitForCount(0);

    const again = await up();
    expect((await bed.call(["tasksets", "--url", again.url])).stdout).toContain("\tkept\tsucceeded\t3/3\t");
    again.script.kill("SIGINT");
    expect(await within(again.script.exited, 10_000, "the end")).toEqual({ code: 0, signal: null });
    await mark.waitForCount(0);
  });

  test("starts a worker again that died, and takes all with it when it is killed", async () => {
    const { script } = await up("--workers", "1");
    const workers = async (): Promise<number[]> =>
      (await mark.list()).filter(({ command }) => command.includes("worker-main")).map(({ pid }) => pid);
    const [first = 0] = await workers();
    process.kill(first, "SIGKILL");
    await until("another worker", async () => (await workers()).some((pid) => pid !== first));
    script.kill("SIGKILL");
    await mark.waitForCount(0);
  });

  test("the second signal ends it at once, whatever runs", async () => {
    const { script, url } = await up("--grace", "1h");
    const pidFile = join(folder, "pid");
    const input = JSON.stringify({ command: `echo $$ > ${pidFile}; exec sleep 3600` });
    await bed.call(["launch", "command/run", input, "--url", url]);
    await until("the command", async () => /\d\n/.test(await readFile(pidFile, "utf8").catch(() => "")));
    const pid = Number(await readFile(pidFile, "utf8"));
    script.kill("SIGINT");
    await until("the end's begin", async () => {
      const { json } = await bed.call(["workers", "show", "worker-1", "--json", "--url", url]);
      return json[0]?.["status"] === "draining";
    });
    script.kill("SIGINT");
    expect(await within(script.exited, 5_000, "the end")).toEqual({ code: 130, signal: null });
    await mark.waitForCount(0);
    await until("the end of the command", async () => !existsSync(`/proc/${pid}`));
  });
});

/** The system tells nobody of others' processes and streams, hence it looks again. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`after 10 s still without ${what}`);
    await pause(10);
  }
}

test.runIf(existsSync("/usr/bin/script"))("a terminal is noticed: a table, in colours", async () => {
  const command = `script -qec "$CAPSTAN workers" /dev/null`;
  const { code, stdout } = await shell(command, { TERM: "xterm", NO_COLOR: "", FORCE_COLOR: "" });
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("\u001b[2mWORKER") as string });
});
