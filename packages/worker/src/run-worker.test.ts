import { ProcessMark, Script } from "@capstan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandRevision } from "./session/engine-peer.test.support.js";
import { WsPeer } from "./session/ws-peer.test.support.js";

let ws: WsPeer;
let script: Script;
let mark: ProcessMark;

beforeEach(async () => {
  ws = new WsPeer({ leaseMs: 1_500 });
  mark = new ProcessMark();
  await ws.start();
  script = await Script.start(new URL("./run-worker.test.support.js", import.meta.url), {
    args: [ws.url],
    env: mark.env,
  });
  await script.waitForLine("joined");
});

afterEach(async () => {
  await ws.stop();
  await mark.killAll();
});

function launch(command: string, isSafeToRerun = true): void {
  ws.peer.launch({
    grant: { isSafeToRerun },
    definition: "command/run",
    revision: commandRevision,
    runtime: "command",
    input: { command, env: { ...mark.env } },
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

test("a worker that was stopped for longer than a lease ends what is not safe to rerun before anything else", async () => {
  launch("sleep 1000", false);
  await script.waitForLine("trialStarted");
  const { length } = script.lines;
  process.kill(script.pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 1_700));
  // What it finds when it wakes: another task for its slot, and a stop of the first one.
  launch("true");
  process.kill(script.pid, "SIGCONT");
  await script.waitForLine("cutOff");
  expect(script.lines.slice(length)[0]).toBe("cutOff");
  expect(await ws.peer.result(1)).toMatchObject({ type: "stopped", reason: "lease" });
  process.kill(script.pid, "SIGTERM");
  await script.waitForLine("ended");
  await script.exited;
  expect(await mark.list()).toEqual([]);
});
