import type { Capstan, TasksetHandle } from "@capstan/client";
import { readExamples, type EarlierFile, type FileCommand, type FileSequence, type TaskView } from "@capstan/protocol";
import type { SuiteSettings } from "../suite/suite-plan.js";
import type { Probe } from "./bisection.js";

export interface ProbeSettings extends Pick<
  SuiteSettings,
  "root" | "workspace" | "labels" | "memoryBytes" | "commandOf"
> {
  /** `plugin/definition`, and its revision. */
  readonly task: string;
  readonly revision: string;
  readonly file: string;
  /** The example that it is about; the whole file when left out. */
  readonly example?: string | undefined;
  /** Runs of each probe. */
  readonly times: number;
  readonly timeoutMs: number;
}

/** Runs the file after others so many times, each time in an executor of its own; `signal` cancels what is not needed. */
export async function probe(
  client: Capstan,
  settings: ProbeSettings,
  { before, signal }: { readonly before: readonly string[]; readonly signal: AbortSignal },
): Promise<Probe> {
  // A taskset a probe: with a tree that travels, each has a copy of its own.
  const handle = await client.launchTaskset(planOf(settings, before));
  const cancel = (): void => void handle.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    await handle.result();
    return await read(client, handle, settings.example);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function planOf(settings: ProbeSettings, before: readonly string[]) {
  const { task, revision, file, root, workspace, labels, memoryBytes, commandOf, times, timeoutMs } = settings;
  const withCommand = (path: string): EarlierFile & { command?: FileCommand } =>
    commandOf === undefined ? { file: path } : { file: path, command: commandOf(path) };
  const place = workspace === undefined ? { root } : {};
  const input: FileSequence = { ...withCommand(file), ...place, before: before.map(withCommand) };
  return {
    task,
    revision,
    profile: "test" as const,
    ...(workspace !== undefined && { workspace }),
    policy: {
      maxTrials: 1,
      speculation: false,
      timeoutMs,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(labels !== undefined && { labels: [...labels] }),
    },
    tasks: Array.from({ length: times }, (_, at) => ({ key: `${at + 1}`, input })),
  };
}

async function read(client: Capstan, handle: TasksetHandle, example: string | undefined): Promise<Probe> {
  const { taskset, tasks } = await handle.report();
  const ends = await Promise.all(tasks.map((task) => endOf(client, task, example)));
  const failed = ends.filter(({ end }) => end === "failed");
  const broken = ends.filter(({ end }) => end === "broken");
  const told = failed[0] ?? broken[0];
  return {
    runs: ends.length,
    failed: failed.length,
    broken: broken.length,
    message: told?.message ?? taskset.cause,
    trial: told?.trial,
  };
}

interface End {
  readonly end: "passed" | "failed" | "broken";
  readonly message?: string;
  readonly trial?: string;
}

async function endOf(client: Capstan, task: TaskView, example: string | undefined): Promise<End> {
  const { lastTrial, status, cause = status } = task;
  if (status === "succeeded" || status === "skipped") return { end: "passed" };
  if (lastTrial === undefined) return { end: "broken", message: task.reason?.message ?? cause };
  const { id: trial, error } = lastTrial;
  const message = error?.message ?? cause;
  if (lastTrial.status !== "failed") return { end: "broken", message, trial };
  const examples = readExamples(await client.trialOutput(lastTrial));
  const failed = examples.filter(({ status: each }) => each === "failed");
  const wanted = example === undefined ? failed[0] : failed.find(({ id }) => id === example);
  // Its other examples are not asked about; without it in the report the file itself failed.
  const isOther = example !== undefined && wanted === undefined && examples.some(({ id }) => id === example);
  if (isOther) return { end: "passed" };
  return {
    end: "failed",
    trial,
    message: wanted === undefined ? message : `${wanted.name}: ${wanted.message ?? message}`,
  };
}
