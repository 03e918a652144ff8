import { systemClock } from "@capstan/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Executor } from "../executor/executor.js";
import { TrialBed, type BedTrial } from "../executor/trial-bed.test.support.js";
import type { Lease } from "../lease/lease.js";
import { momentOf } from "../lease/moment.js";

const source = `export default { kind: "capstan.plugin", name: "bed", definitions: { main: {
  kind: "capstan.task", validateInput: (i) => i, validateOutput: (o) => o,
  run: async (input, { signal }) => {
    console.log("pid", process.pid);
    if (input !== "short") await new Promise(() => setInterval(() => {}, 1000));
  } } } };`;

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

async function start(...args: Parameters<TrialBed["start"]>): Promise<Executor> {
  const executor = await bed.start(...args);
  executors.push(executor);
  return executor;
}

const leaseOf = (leaseMs: number, agoMs = 0): Lease => {
  const now = momentOf(systemClock);
  return { leaseMs, acceptedAt: { monotonicMs: now.monotonicMs - agoMs, wallMs: now.wallMs - agoMs } };
};

async function pidOf(trial: BedTrial): Promise<number> {
  await trial.printed("\n");
  return Number(/\d+/.exec(trial.stdout())![0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Keeps this process, the worker of these tests, from doing anything. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("a command that is not safe to rerun is ended while the loop of its worker is blocked; a safe one runs on", async () => {
  const executor = await start("command");
  const safe = bed.run(executor, { command: "echo $$; exec sleep 1000" });
  const unsafe = bed.run(executor, { command: "echo $$; exec sleep 1000" }, { lease: leaseOf(1_000) });
  const pids = [await pidOf(safe), await pidOf(unsafe)];
  block(900);
  expect(pids.map(isAlive)).toEqual([true, false]);
  expect(await unsafe.end).toMatchObject({ status: "cancelled", stopReason: "lease", began: true });
  safe.stop("cancel", 0);
  expect((await safe.end).stopReason).toBeUndefined();
});

test("it goes on for as long as the lease is renewed, counted from when the heartbeat was sent", async () => {
  const executor = await start("command");
  const unsafe = bed.run(executor, { command: "echo $$; exec sleep 1000" }, { lease: leaseOf(1_000) });
  const pid = await pidOf(unsafe);
  bed.spawner.renew(leaseOf(0, -500).acceptedAt);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  block(900);
  expect(isAlive(pid)).toBe(true);
  block(500);
  expect(isAlive(pid)).toBe(false);
  expect(await unsafe.end).toMatchObject({ stopReason: "lease" });
});

test("one whose lease was over before it was started never begins", async () => {
  const executor = await start("command");
  const unsafe = bed.run(executor, { command: "echo begun" }, { lease: leaseOf(1_000, 900) });
  expect(await unsafe.end).toMatchObject({ status: "cancelled", stopReason: "lease", began: false });
  expect(unsafe.stdout()).toBe("");
});

test("an executor with such a trial is ended with all in it, and none of them is at fault", async () => {
  const executor = await start("node", { source, manifest: { trialsPerExecutor: 3 } });
  const safe = bed.run(executor, "long");
  const unsafe = bed.run(executor, "long", { lease: leaseOf(1_000) });
  const pid = await pidOf(unsafe);
  block(900);
  expect(isAlive(pid)).toBe(false);
  for (const trial of [safe, unsafe]) {
    expect(await trial.end).toMatchObject({ status: "cancelled", stopReason: "lease", began: true });
  }
});

test("an executor outlives the lease of a trial that has ended in time", async () => {
  const executor = await start("node", { source });
  const unsafe = bed.run(executor, "short", { lease: leaseOf(600) });
  expect(await unsafe.end).toMatchObject({ status: "succeeded" });
  const safe = bed.run(executor, "long");
  const pid = await pidOf(safe);
  block(700);
  expect(isAlive(pid)).toBe(true);
  safe.stop("cancel", 0);
  await safe.end;
});
