import { ProcessMark, Script, withFolder } from "@capstan/testkit";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandRevision } from "./session/engine-peer.test.support.js";
import { WsPeer } from "./session/ws-peer.test.support.js";

const leaseMs = 1_500;
let ws: WsPeer;
let script: Script;
let mark: ProcessMark;

beforeEach(async () => {
  ws = new WsPeer({ leaseMs });
  mark = new ProcessMark();
  await ws.start();
  script = await Script.start(new URL("./run-worker.test.support.js", import.meta.url), {
    args: [ws.url, "2"],
    env: mark.env,
  });
  await script.waitForLine("joined");
});

afterEach(async () => {
  await ws.stop();
  await mark.killAll();
});

function launch(command: string, isSafeToRerun = true, { env } = mark): void {
  ws.peer.launch({
    grant: { isSafeToRerun },
    definition: "command/run",
    revision: commandRevision,
    runtime: "command",
    input: { command, env: { ...env } },
  });
}

test("SIGTERM drains: what runs ends in peace, and the process with it", async () => {
  launch("sleep 0.3; echo done");
  await script.waitForLine("trialStarted");
  process.kill(script.pid, "SIGTERM");
  await script.waitForLine("draining");
  expect(await ws.peer.result(1)).toMatchObject({ type: "result" });
  await script.waitForLine("ended");
  expect(await script.exited).toEqual({ code: 0, signal: null });
  expect(ws.peer.all("leave").length).toBeGreaterThanOrEqual(1);
  expect(await mark.list()).toEqual([]);
});

test("a second SIGTERM stops what runs at once, and nothing of it is left", async () => {
  launch("trap '' TERM; sleep 1000");
  await script.waitForLine("trialStarted");
  process.kill(script.pid, "SIGTERM");
  await script.waitForLine("draining");
  process.kill(script.pid, "SIGTERM");
  expect(await ws.peer.result(1)).toMatchObject({ type: "stopped" });
  await script.waitForLine("ended");
  expect(await script.exited).toEqual({ code: 0, signal: null });
  expect(await mark.list()).toEqual([]);
});

test("a worker that is stopped keeps nothing that is not safe to rerun beyond its lease; the rest goes on", async () => {
  await withFolder(async (folder) => {
    const unsafe = new ProcessMark();
    const log = join(folder, "log");
    launch(`echo unsafe begins >> ${log}; sleep 1000; echo unsafe ends >> ${log}`, false, unsafe);
    launch(`until [ -e ${folder}/end ]; do sleep 0.05; done; echo safe ends >> ${log}`);
    await unsafe.waitForCount(2);
    const stoppedAtMs = performance.now();
    process.kill(script.pid, "SIGSTOP");
    await unsafe.waitForCount(0);
    // The engine counts the lease from a heartbeat that it read before this moment at the latest.
    expect(performance.now() - stoppedAtMs).toBeLessThan(0.8 * leaseMs + 200);
    expect(ws.peer.all("stopped")).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, leaseMs));
    const { length } = script.lines;
    // What it finds when it wakes: another task for a slot, and silence about the first one.
    launch(`echo next ends >> ${log}`);
    process.kill(script.pid, "SIGCONT");
    expect(await ws.peer.result(1)).toMatchObject({ type: "stopped", reason: "lease", hasBegun: true });
    // Its own look at the lease, or word of what its spawner did: before anything new begins.
    expect(["cutOff", "trialEnded"]).toContain(script.lines[length]);
    expect(await ws.peer.result(2)).toMatchObject({ status: "succeeded" });
    await writeFile(join(folder, "end"), "");
    expect(await ws.peer.result(3)).toMatchObject({ status: "succeeded" });
    expect(await readFile(log, "utf8")).toBe("unsafe begins\nnext ends\nsafe ends\n");
  });
  process.kill(script.pid, "SIGTERM");
  await script.waitForLine("ended");
  await script.exited;
  expect(await mark.list()).toEqual([]);
});
