import { randomUUID } from "node:crypto";
import { CapstanError } from "@capstan/protocol";
import { expectCounts, expectVerdict, type Kind, type LoadContext } from "./kind.js";

const task = "soak/work";
const brief = { ms: 1, lines: 1 };

function entries(count: number): { key: string; input: unknown }[] {
  return Array.from({ length: count }, (_, at) => ({ key: `file-${at}`, input: brief }));
}

/** A test suite that is run again and again: its files are known, and its progress is watched. */
async function suite({ client, next, launched }: LoadContext): Promise<void> {
  const count = 12;
  const taskset = await client.launchTaskset({
    task,
    name: `suite-${next()}`,
    class: `suite-${next() % 5}`,
    profile: "test",
    tasks: entries(count),
  });
  launched(count);
  let last;
  for await (const view of taskset.progress()) last = view;
  if (last?.counts.succeeded !== count) throw new Error(`${taskset.id} ended with ${JSON.stringify(last?.counts)}`);
  const { tasks } = await taskset.report();
  if (tasks.length !== count) throw new Error(`the report of ${taskset.id} has ${tasks.length} tasks`);
}

/** A class that comes once, such as the name of a branch. */
async function branch({ client, next, launched }: LoadContext): Promise<void> {
  const taskset = await client.launchTaskset({ task, class: `branch-${next()}`, tasks: entries(4) });
  launched(4);
  await expectCounts(taskset, { succeeded: 4 });
}

async function rerun({ client, launched }: LoadContext): Promise<void> {
  const second = { task: "soak/secondRound", input: null, policy: { maxTrials: 1 } };
  const taskset = await client.launchTaskset({ task, tasks: [...entries(3), second, second] });
  launched(5);
  await expectCounts(taskset, { succeeded: 3, failed: 2 });
  await taskset.rerun();
  await expectCounts(taskset, { succeeded: 5, failed: 0 });
}

async function pause({ client, launched }: LoadContext): Promise<void> {
  const taskset = await client.launchTaskset({ task, tasks: entries(20) });
  launched(20);
  // It may have ended before: then there is nothing to pause.
  await taskset.pause({ stop: true }).catch(ignoreFinal);
  await taskset.resume().catch(ignoreFinal);
  await expectCounts(taskset, { succeeded: 20 });
}

function ignoreFinal(error: unknown): void {
  const isLate = error instanceof CapstanError && (error.code === "already-final" || error.code === "not-paused");
  if (!isLate) throw error;
}

async function cancel({ client, launched }: LoadContext): Promise<void> {
  const taskset = await client.launchTaskset({
    task: "soak/sleep",
    tasks: Array.from({ length: 6 }, () => ({ input: { ms: 300_000 } })),
  });
  launched(6);
  await taskset.cancel();
  await expectCounts(taskset, { cancelled: 6 });
}

async function failFast({ client, launched }: LoadContext): Promise<void> {
  const once = { maxTrials: 1 };
  const taskset = await client.launchTaskset({
    limits: { maxFailures: 1, maxSlots: 1 },
    policy: once,
    tasks: [
      { task: "soak/refuse", input: null, policy: { priority: 9 } },
      ...Array.from({ length: 5 }, () => ({ task: "backlog/noop", delayMs: 3_600_000 })),
    ],
  });
  launched(6);
  await expectCounts(taskset, { failed: 1, cancelled: 5 });
}

/** A launch that breaks off in the middle of its stream: nothing of it may stay. */
async function broken({ url, client }: LoadContext): Promise<void> {
  const name = `broken-${randomUUID()}`;
  const controller = new AbortController();
  const body = new ReadableStream({
    start(stream) {
      const lines = [{ name, definition: task }, ...entries(50)].map((line) => JSON.stringify(line));
      stream.enqueue(new TextEncoder().encode(`${lines.join("\n")}\n`));
      setTimeout(() => controller.abort(), 50);
    },
  });
  const request = { method: "POST", headers: { "content-type": "application/x-ndjson" }, body, duplex: "half" };
  const sent = fetch(`${url}/v1/namespaces/default/tasksets`, { ...request, signal: controller.signal } as RequestInit);
  const ending = await sent.then(
    ({ status }) => `answered with ${status}`,
    () => "broken",
  );
  if (ending !== "broken") throw new Error(`a launch that broke off was ${ending}`);
  for await (const { id, status } of client.tasksets({ name })) {
    if (status !== "open") throw new Error(`${id} of a launch that broke off is ${status}`);
  }
}

/** A lone task that fails, and succeeds when it is run again by hand. */
async function rerunTask({ client, launched }: LoadContext): Promise<void> {
  const handle = await client.launch("soak/secondRound", null, { policy: { maxTrials: 1 } });
  launched(1);
  await expectVerdict(handle, { status: "failed" });
  await handle.rerun();
  await expectVerdict(handle, { status: "succeeded", output: 2 });
}

/** Tasksets: watched, rerun, paused, cancelled, broken off. */
export const tasksetKinds: readonly Kind[] = [
  { name: "suite", everyMs: 4_000, run: suite },
  { name: "branch", everyMs: 5_000, run: branch },
  { name: "rerun taskset", everyMs: 8_000, run: rerun },
  { name: "rerun task", everyMs: 5_000, run: rerunTask },
  { name: "paused", everyMs: 9_000, run: pause },
  { name: "cancelled taskset", everyMs: 7_000, run: cancel },
  { name: "failing fast", everyMs: 7_000, run: failFast },
  { name: "broken off", everyMs: 6_000, run: broken },
];
