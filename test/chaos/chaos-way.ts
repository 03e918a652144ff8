import { setTimeout as pause } from "node:timers/promises";
import type { LaunchOptions } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import { addTaskset, farOffWay, type Draft, type LaunchDesk, type Way } from "../bed/launch-way.js";

type Policy = NonNullable<LaunchOptions["policy"]> & { readonly leaseMs: number };

const tasksetTasks = 6;
/** Names that trials must have alone, a concurrency key each. */
const keys = 3;
const together = 5;
/** How long a straggler takes, in leases: so much longer than its estimate that it gets a twin. */
const stragglerLeases = 2;

/** Budgets are so large that no fault fails what is safe to rerun. */
export function chaosPolicy(leaseMs: number): Policy {
  return { leaseMs, maxTrials: 100, maxLosses: 100, backoff: { initialMs: 50, maxMs: 500 } };
}

/** The ways of launching under chaos. */
export function chaosWays(leaseMs: number): readonly Way[] {
  const base = chaosPolicy(leaseMs);
  const once: Policy = { ...base, safeToRerun: false, maxTrials: 1 };
  return [
    { weight: 3, launch: (desk) => launchJob(desk, "probe/note", base) },
    { weight: 3, launch: (desk) => launchJob(desk, "probe/shared", base) },
    { weight: 2, launch: (desk) => launchTogether(desk, base) },
    { weight: 2, launch: (desk) => launchRetried(desk, "safe", base) },
    { weight: 2, launch: (desk) => launchRetried(desk, "unsafe", { ...base, safeToRerun: false }) },
    { weight: 3, launch: (desk) => launchOnce(desk, once) },
    { weight: 2, launch: (desk) => launchKeyed(desk, once) },
    { weight: 2, launch: (desk) => launchTaskset(desk, base).then(() => {}) },
    { weight: 1, launch: (desk) => launchStraggler(desk, base) },
    { weight: 1, launch: (desk) => launchAndCancel(desk, base) },
    { weight: 1, launch: (desk) => launchTasksetAndCancel(desk, base) },
    farOffWay,
  ];
}

/** Two of five last about as long as a lease, so that something is running wherever a fault strikes. */
function draftOf({ draft, random }: LaunchDesk, { leaseMs }: Policy): Draft {
  const kind = random.int(0, 4);
  const share = kind < 2 ? 0.6 + random.fraction() : kind < 4 ? 0.4 * random.fraction() : 0;
  const forMs = Math.round(share * leaseMs);
  return { ...draft(), forMs };
}

async function launchJob(desk: LaunchDesk, definition: string, policy: Policy): Promise<void> {
  const draft = draftOf(desk, policy);
  const idempotencyKey = `key-${draft.n}`;
  const input = desk.input(draft);
  const handle = await desk.client.launch(definition, input, { policy, idempotencyKey });
  const launch = { ...draft, task: handle.id };
  desk.book.add(launch);
  desk.keep(idempotencyKey, { definition, input, task: handle.id });
  desk.book.follow(handle);
}

async function launchTogether(desk: LaunchDesk, policy: Policy): Promise<void> {
  const drafts = Array.from({ length: together }, () => draftOf(desk, policy));
  const inputs = drafts.map((draft) => desk.input(draft));
  const handles = await desk.client.launchMany("probe/shared", inputs, { policy });
  desk.book.add(...drafts.map((draft, at) => ({ ...draft, task: handles[at]!.id })));
}

/** Fails once or twice before it succeeds. */
async function launchRetried(desk: LaunchDesk, nature: "safe" | "unsafe", policy: Policy): Promise<void> {
  const draft = draftOf(desk, policy);
  const definition = nature === "safe" ? "probe/note" : "probe/alone";
  const input = desk.input(draft, { failures: desk.random.int(1, 2) });
  const handle = await desk.client.launch(definition, input, { policy });
  desk.book.add({ ...draft, task: handle.id, nature });
  desk.book.follow(handle);
}

async function launchOnce(desk: LaunchDesk, policy: Policy): Promise<void> {
  const draft = draftOf(desk, policy);
  const handle = await desk.client.launch("probe/alone", desk.input(draft), { policy });
  desk.book.add({ ...draft, task: handle.id, nature: "once" });
  desk.book.follow(handle);
}

async function launchKeyed(desk: LaunchDesk, policy: Policy): Promise<void> {
  const draft = { ...draftOf(desk, policy), forMs: desk.random.int(50, 600) };
  const hold = `key-${desk.random.int(1, keys)}`;
  const input = desk.input(draft, { hold: `${hold}-of-${process.pid}` });
  const concurrency = { key: hold, limit: 1 };
  const handle = await desk.client.launch("probe/alone", input, { policy: { ...policy, concurrency } });
  desk.book.add({ ...draft, task: handle.id, nature: "once" });
}

async function launchTaskset(desk: LaunchDesk, policy: Policy) {
  const drafts = Array.from({ length: tasksetTasks }, () => draftOf(desk, policy));
  const tasks = drafts.map((draft) => ({ key: String(draft.n), input: desk.input(draft) }));
  const { id } = await desk.client.launchTaskset({ task: "probe/shared", name: `set-${drafts[0]!.n}`, policy, tasks });
  return addTaskset(desk, id, drafts);
}

/** Tests whose lengths are known, one of which takes much longer this time. */
async function launchStraggler(desk: LaunchDesk, policy: Policy): Promise<void> {
  const straggler = desk.random.int(0, tasksetTasks - 1);
  const drafts = Array.from({ length: tasksetTasks }, (_, at) => ({ ...desk.draft(), forMs: 200, key: `test-${at}` }));
  const tasks = drafts.map((draft, at) => ({
    key: draft.key,
    input: desk.input(draft, at === straggler ? { firstForMs: stragglerLeases * policy.leaseMs } : {}),
  }));
  const { id } = await desk.client.launchTaskset({
    task: "probe/note",
    class: "tests",
    profile: "test",
    policy,
    tasks,
  });
  await addTaskset(desk, id, drafts);
}

async function launchAndCancel(desk: LaunchDesk, policy: Policy): Promise<void> {
  const draft = { ...desk.draft(), forMs: policy.leaseMs };
  const handle = await desk.client.launch("probe/note", desk.input(draft), { policy });
  desk.book.add({ ...draft, task: handle.id });
  await pause(desk.random.int(0, 1_500));
  const cancelled = await unlessFinal(handle.cancel());
  if (cancelled !== undefined) desk.book.cancels.set(handle.id, cancelled.status);
}

async function launchTasksetAndCancel(desk: LaunchDesk, policy: Policy): Promise<void> {
  const taskset = await launchTaskset(desk, policy);
  await pause(desk.random.int(0, 1_000));
  const cancelled = await unlessFinal(desk.client.taskset(taskset.id).cancel());
  if (cancelled !== undefined) taskset.cancel = cancelled.status;
}

/** A cancel may come too late. */
async function unlessFinal<T>(cancel: Promise<T>): Promise<T | undefined> {
  try {
    return await cancel;
  } catch (error) {
    if (error instanceof CapstanError && error.code === "already-final") return undefined;
    throw error;
  }
}
