import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WorkerEmitter, type WorkerEvent } from "../event/worker-event.js";
import type { ExecutorLimits, RunningTrial } from "../executor/executor.js";
import { executorKinds } from "../executor/registry.js";
import { TrialBed } from "../executor/trial-bed.test.support.js";
import { ExecutorPool, type PoolRevision } from "./executor-pool.js";
import type { Seat } from "./seat.js";

/**
 * A program that ends, and gets ready for a tree other than the one before, once the signal has come that it may; or
 * does not say that it gets ready. Its trial ends at once, or when it is stopped.
 */
const source = `
  const { Socket } = require("node:net"); const { createInterface } = require("node:readline");
  const worker = new Socket({ fd: 3, readable: true, writable: true });
  const send = (type, message) => worker.write(JSON.stringify({ type, ...message }) + "\\n");
  let may; const allowed = new Promise((resolve) => (may = resolve));
  process.on("SIGUSR2", may);
  worker.on("close", () => process.exit());
  let tree;
  createInterface(worker).on("line", async (line) => {
    const { type, trial, workspace, input } = JSON.parse(line);
    if (type === "close") return void (await allowed, process.exit());
    if (type === "stop") return send("result", { trial, status: "succeeded" });
    if (tree !== undefined && tree !== workspace && input !== "unsaid") {
      send("preparing", { trial, limitMs: 60_000 });
      console.log("moving");
      await allowed;
      send("prepared", { trial });
    }
    tree = workspace;
    if (input !== "long") send("result", { trial, status: "succeeded" });
  });
  send("ready", { closeMs: 60_000 });`;

let bed: TrialBed;
let events: Recorder<WorkerEvent>;
let pool: ExecutorPool;
beforeAll(async () => {
  bed = await TrialBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  events = new Recorder();
  const emitter = new WorkerEmitter((event) => events.add(event));
  pool = new ExecutorPool({ executorsMax: 2, clock: systemClock, events: emitter });
  return async () => {
    pool.force();
    await pool.close(0);
    expect(bed.processes()).toEqual([]);
  };
});

function makeRevision(limits: Partial<ExecutorLimits> = {}): PoolRevision {
  const directory = mkdtempSync(join(bed.directory, "pool-"));
  writeFileSync(join(directory, "program"), source);
  const manifest = { command: [process.execPath, "program"], persistent: true };
  const loaded = { revision: directory, plugin: "bed", directory, manifest: manifest as never };
  const resources = { spawner: bed.spawner, env: { BED_MARK: bed.mark }, limits };
  return { kind: executorKinds.command, loaded, resources, shares: new Map() };
}

/** Ids of the processes of a revision, in the order of their start. */
const pids = ({ loaded }: PoolRevision): number[] =>
  events.items.flatMap((event) =>
    event.type === "executorStarted" && event.revision === loaded.revision ? [event.pid!] : [],
  );

const allow = (revision: PoolRevision): void => {
  for (const pid of pids(revision)) process.kill(pid, "SIGUSR2");
};

let trials = 0;
/** Runs a trial in the seat; `printed` settles when it has printed something. */
function run(seat: Seat, workspace: string, input = "short"): { trial: RunningTrial; printed: Promise<void> } {
  let setPrinted!: () => void;
  const printed = new Promise<void>((resolve) => (setPrinted = resolve));
  const order = {
    trial: `trial_${++trials}`,
    task: "task_1",
    definition: "bed/main",
    revision: "rev_bed",
    number: 1,
    round: 1,
    slot: 0,
    input,
    workspace,
    limits: { softMs: 60_000, hardMs: 60_000, stopGraceMs: 5_000, outputBytesMax: 10_000 },
  };
  const trial = seat.run(order, { log: setPrinted, progress: () => {} });
  void trial.ended.then(() => seat.release());
  return { trial, printed };
}

/** An executor that has run in a workspace. */
async function startIn(workspace: string, limits?: Partial<ExecutorLimits>): Promise<PoolRevision> {
  const revision = makeRevision(limits);
  await pool.start(revision);
  await run(pool.seat(revision, 1)!, workspace).trial.ended;
  return revision;
}

describe("room for another revision", () => {
  it("is made by one executor each, also while they take long to end", async () => {
    const [old, wanted] = [makeRevision(), makeRevision()];
    for (const _ of [1, 2]) await pool.start(old);
    await Promise.all([pool.start(wanted), pool.start(wanted)]);
    allow(old);
    const ended = (count: number) =>
      events.waitFor(() => events.items.filter(({ type }) => type === "executorExited").length === count);
    await ended(2);
    expect(events.items.filter(({ type }) => type === "executorExited")).toMatchObject([
      { revision: old.loaded.revision, cause: "normal" },
      { revision: old.loaded.revision, cause: "normal" },
    ]);
    expect(pool.count).toBe(2);
  });

  it("is not made where one that is spent ends anyway", async () => {
    const kept = await startIn("/here");
    await startIn("/here", { trialsMax: 1 });
    await pool.start(makeRevision());
    expect(pool.seat(kept, 1)).toBeDefined();
  });
});

describe("a workspace that is vacated", () => {
  /** Vacates it, and says whether that is done. */
  function vacate(workspace: string): { isDone: boolean; done: Promise<void> } {
    const vacated = { isDone: false, done: pool.vacate(workspace) };
    void vacated.done.then(() => (vacated.isDone = true));
    return vacated;
  }

  it("is left by executors that ran in it last, when they have ended, and by no others", async () => {
    const here = await startIn("/here");
    const elsewhere = await startIn("/elsewhere");
    const vacated = vacate("/here");
    allow(here);
    await vacated.done;
    expect(pool.seat(here, 1)).toBe(undefined);
    expect(pool.seat(elsewhere, 1)).toBeDefined();
  });

  it("is left once the next trial is prepared, which needs not have ended", async () => {
    const revision = await startIn("/here");
    const { trial, printed } = run(pool.seat(revision, 1)!, "/next", "long");
    const vacated = vacate("/here");
    await printed;
    expect(vacated.isDone).toBe(false);
    allow(revision);
    await vacated.done;
    expect(pool.isBusy(revision.loaded.revision)).toBe(true);
    trial.stop("cancel");
    expect(await trial.ended).toMatchObject({ status: "cancelled" });
    await vacate("/here").done;
    expect(pool.seat(revision, 1)).toBeDefined();
  });

  it("is left at the end of the next trial, where that has not said that it was prepared", async () => {
    const revision = await startIn("/here");
    run(pool.seat(revision, 1)!, "/next", "unsaid");
    const vacated = vacate("/here");
    await vacated.done;
    expect(pool.isBusy(revision.loaded.revision)).toBe(false);
    expect(pool.seat(revision, 1)).toBeDefined();
  });

  it("is left by an executor whose seat is kept, when that is given back", async () => {
    const revision = await startIn("/here");
    const seat = pool.seat(revision, 1)!;
    const vacated = vacate("/here");
    allow(revision);
    // It would end by now, had it been asked to.
    await startIn("/elsewhere");
    expect(vacated.isDone).toBe(false);
    seat.release();
    await vacated.done;
    expect(pool.seat(revision, 1)).toBe(undefined);
  });

  it("is not left by a trial elsewhere that the executor does not take", async () => {
    const revision = await startIn("/here");
    const seat = pool.seat(revision, 1)!;
    const closed = pool.close(0, revision.loaded.revision);
    expect(await run(seat, "/next").trial.ended).toMatchObject({ began: false });
    const vacated = vacate("/here");
    await startIn("/elsewhere");
    expect(vacated.isDone).toBe(false);
    allow(revision);
    await Promise.all([vacated.done, closed]);
  });
});
