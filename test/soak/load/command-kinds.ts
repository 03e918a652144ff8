import { expectVerdict, verdictMs, type Kind, type LoadContext } from "./kind.js";

async function command({ client, next, launched }: LoadContext): Promise<void> {
  const word = `word-${next()}`;
  const task = await client.launch("command/run", { command: ["sh", "-c", `echo ${word}; echo to stderr >&2`] });
  launched(1);
  const { lastTrial } = await expectVerdict(task, { status: "succeeded", output: { exitCode: 0 } });
  const text = await client.logText(lastTrial!.id);
  if (text !== `${word}\n`) throw new Error(`${task.id} wrote ${JSON.stringify(text)}`);
}

async function failing({ client, launched }: LoadContext): Promise<void> {
  const task = await client.launch("command/run", { command: "exit 7" }, { policy: { maxTrials: 1 } });
  launched(1);
  await expectVerdict(task, { status: "failed", cause: "failed" });
}

async function persistent({ client, random, launched }: LoadContext): Promise<void> {
  const numbers = Array.from({ length: 20 }, () => random.int(0, 1_000));
  const task = await client.launch("persistent/sum", { numbers });
  launched(1);
  const sum = numbers.reduce((total, each) => total + each, 0);
  await expectVerdict(task, { status: "succeeded", output: { sum } });
}

async function cancelWaiting({ client, launched }: LoadContext): Promise<void> {
  const task = await client.launch("soak/work", { ms: 1, lines: 1 }, { delayMs: 3_600_000 });
  launched(1);
  await task.cancel();
  await expectVerdict(task, { status: "cancelled" });
}

/** Cancelled in the middle, in a process of its own that would go on. */
async function cancelRunning({ client, random, launched }: LoadContext): Promise<void> {
  const task = random.chance(0.5)
    ? await client.launch("command/run", { command: "echo begun; sleep 300 & sleep 300" })
    : await client.launch("soak/sleep", { ms: 300_000 });
  launched(1);
  // Its first output is the sign that its code runs; the log is left in the middle.
  const log = task.logs({ follow: true, signal: AbortSignal.timeout(verdictMs) });
  for await (const { text } of log) if (text.includes("begun")) break;
  await task.cancel();
  await expectVerdict(task, { status: "cancelled" });
}

/** Commands, programs that stay up, and what is cancelled. */
export const commandKinds: readonly Kind[] = [
  { name: "command", everyMs: 1_000, run: command },
  { name: "failing command", everyMs: 6_000, run: failing },
  { name: "persistent", everyMs: 700, run: persistent },
  { name: "cancelled waiting", everyMs: 3_000, run: cancelWaiting },
  { name: "cancelled running", everyMs: 4_000, run: cancelRunning },
];
