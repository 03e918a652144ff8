import type { Policy } from "@capstan/protocol";
import { expectVerdict, letters, type Kind, type LoadContext } from "./kind.js";

const inline = "backlog/noop";

async function bulk({ client, launched }: LoadContext): Promise<void> {
  const tasks = await client.launchMany(
    inline,
    Array.from({ length: 40 }, () => null),
  );
  launched(tasks.length);
  await Promise.all(tasks.map((task) => expectVerdict(task, { status: "succeeded" })));
}

/** Inputs and outputs that are blobs, beside some that just are not. */
async function large({ client, random, launched }: LoadContext): Promise<void> {
  const text = letters(random, random.pick([40_000, 150_000, 400_000]));
  const task = await client.launch("soak/echo", { text });
  launched(1);
  const { length } = (await task.result({ timeoutMs: 60_000 })) as { length: number };
  if (length !== text.length) throw new Error(`${task.id} gave ${length} characters back, not ${text.length}`);
}

async function flaky({ client, launched }: LoadContext): Promise<void> {
  const task = await client.launch("soak/flaky", null, { policy: { backoff: { initialMs: 50 } } });
  launched(1);
  const { isFlaky, trials } = await expectVerdict(task, { status: "succeeded", output: "now it works" });
  if (!isFlaky && trials.lost === 0) throw new Error(`${task.id} is not flaky after ${trials.total} trials`);
}

/** A key for every customer: each comes once, and goes. */
async function keyed({ client, next, launched }: LoadContext): Promise<void> {
  const policy = { concurrency: { key: `customer-${next()}`, limit: 2 } };
  const tasks = await client.launchMany(
    "soak/work",
    Array.from({ length: 6 }, () => ({ ms: 1, lines: 1 })),
    { policy },
  );
  launched(tasks.length);
  await Promise.all(tasks.map((task) => expectVerdict(task, { status: "succeeded", output: { lines: 1 } })));
}

async function rated({ client, next, launched }: LoadContext): Promise<void> {
  const policy = { rate: { key: `partner-${next()}`, limit: 4, perMs: 1_000 } };
  const tasks = await client.launchMany(inline, Array(6).fill(null), { policy });
  launched(tasks.length);
  await Promise.all(tasks.map((task) => expectVerdict(task, { status: "succeeded" })));
}

async function idempotent({ client, next, launched }: LoadContext): Promise<void> {
  const options = { idempotencyKey: `order-${next()}`, idempotencyMs: 30_000 };
  const first = await client.launch(inline, null, options);
  const [again, conflict] = await Promise.all([
    client.launch(inline, null, options),
    client.launch(inline, { other: true }, options).then(
      () => "none",
      (error: { code?: string }) => error.code,
    ),
  ]);
  launched(1);
  if (!again.isDuplicate || again.id !== first.id) throw new Error(`${again.id} was launched beside ${first.id}`);
  if (conflict !== "idempotency-conflict") throw new Error(`another input under a used key met ${conflict}`);
  await expectVerdict(first, { status: "succeeded" });
}

interface Single {
  readonly task: string;
  readonly input?: unknown;
  readonly policy?: Policy;
  readonly expected: Parameters<typeof expectVerdict>[1];
}

/** A launch and its verdict. */
function single({ task, input = null, policy = {}, expected }: Single): Kind["run"] {
  return async ({ client, launched }) => {
    const handle = await client.launch(task, input, { policy });
    launched(1);
    await expectVerdict(handle, expected);
  };
}

async function delayed({ client, random, launched }: LoadContext): Promise<void> {
  const task = await client.launch(inline, null, { delayMs: random.int(200, 3_000) });
  launched(1);
  await expectVerdict(task, { status: "succeeded" });
}

const succeeded = { status: "succeeded" } as const;

/** Lone tasks that are launched and end in one way. */
const singles: readonly (Single & Omit<Kind, "run">)[] = [
  { name: "inline", everyMs: 250, task: inline, expected: succeeded },
  {
    name: "node",
    everyMs: 500,
    task: "soak/work",
    input: { ms: 2, lines: 4 },
    expected: { status: "succeeded", output: { lines: 4 } },
  },
  {
    name: "failing",
    everyMs: 4_000,
    task: "soak/refuse",
    policy: { maxTrials: 2, backoff: { initialMs: 30 } },
    expected: { status: "failed", cause: "failed" },
  },
  { name: "skipped", everyMs: 4_000, task: "soak/nothing", expected: { status: "skipped" } },
  {
    name: "timeout",
    everyMs: 15_000,
    task: "soak/block",
    policy: { maxTrials: 1, timeoutMs: 100, hardTimeoutMs: 200 },
    expected: { status: "failed", cause: "timeout" },
  },
  {
    name: "dying",
    everyMs: 20_000,
    task: "soak/die",
    policy: { maxTrials: 1 },
    expected: { status: "failed", cause: "error" },
  },
  {
    name: "expired",
    everyMs: 8_000,
    task: inline,
    policy: { labels: ["nowhere"], expiresMs: 300 },
    expected: { status: "failed", cause: "expired" },
  },
];

/** Lone tasks: what they do, how they fail, how they are launched. */
export const jobKinds: readonly Kind[] = [
  ...singles.map(({ name, everyMs, ...each }) => ({ name, everyMs, run: single(each) })),
  { name: "bulk", everyMs: 2_500, run: bulk },
  { name: "large", everyMs: 4_000, run: large },
  { name: "flaky", everyMs: 3_000, run: flaky },
  { name: "delayed", everyMs: 1_000, run: delayed },
  { name: "keyed", everyMs: 2_500, run: keyed },
  { name: "rated", everyMs: 4_000, run: rated },
  { name: "idempotent", everyMs: 1_500, run: idempotent },
];
