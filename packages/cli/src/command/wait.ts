import type { TaskHandle, TasksetHandle } from "@capstan/client";
import type { TaskView, TasksetView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly timeout?: string;
  readonly cancel: boolean;
}

export const defineWait: DefineVerb = (command, context) => {
  command
    .argument("<id>", "task or taskset, or the name of a taskset")
    .option("--timeout <duration>", "give up after this time, with exit code 124; it goes on by itself")
    .option("--no-cancel", "a signal leaves at once, and what is waited for goes on by itself")
    .action((id: string, options: Options) => wait(context, id, options))
    .addHelpText(
      "after",
      `
The first Ctrl-C cancels what is waited for and waits for its end, the second leaves.
${examples([
  ["wait task_01hx…", "prints the verdict; exit code 0 only if it succeeded or was skipped"],
  ["wait nightly --timeout 30m && ./release", "goes on when the taskset has succeeded"],
  ["wait nightly --no-cancel", "only looks on: Ctrl-C ends the wait and nothing else"],
])}`,
    );
};

async function wait(context: Context, text: string, options: Options): Promise<void> {
  const [{ findTarget }, { parseDuration }, client] = await Promise.all([
    import("../option/target.js"),
    import("../option/duration.js"),
    connect(context),
  ]);
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout, "--timeout");
  const { kind, id } = await findTarget(client, text);
  if (kind === "task") {
    const handle = client.task(id);
    const { waitForTask } = await import("../run/wait-for-task.js");
    return interruptible(context, { handle, ...options }, async () =>
      finishWithTask(context, await waitForTask(context, handle, timeoutMs)),
    );
  }
  const handle = client.taskset(id);
  await handle.refresh();
  const { showProgress } = await import("../run/show-progress.js");
  await interruptible(context, { handle, ...options }, async (remark) =>
    finishWithTaskset(context, await showProgress(context, client, { handle, timeoutMs, remark })),
  );
}

interface Waiting extends Options {
  readonly handle: TaskHandle | TasksetHandle;
}

/** The first signal cancels, the second leaves; with `--no-cancel` the first one leaves. */
async function interruptible(
  context: Context,
  { handle, cancel }: Waiting,
  waiting: (remark: () => string | undefined) => Promise<void>,
): Promise<void> {
  const { watchSignals } = await import("../run/interruption.js");
  const interruption = watchSignals(context, () => {
    if (!cancel) return context.io.exit(exitCodes.interrupted);
    context.output.note("cancelling; once more leaves at once");
    // What has ended by itself meanwhile is told by the wait.
    handle.cancel().catch(() => {});
  });
  try {
    await waiting(() => (interruption.isInterrupted ? "cancelling" : undefined));
  } finally {
    interruption.stop();
  }
  if (interruption.isInterrupted && context.exitCode !== exitCodes.good) context.exitCode = exitCodes.interrupted;
}

/** Prints a verdict and makes it the exit code. */
export async function finishWithTask(context: Context, task: TaskView): Promise<void> {
  const { output } = context;
  const isGood = task.status === "succeeded" || task.status === "skipped";
  context.exitCode = isGood ? exitCodes.good : exitCodes.failed;
  if (output.isJson) return output.json(task);
  const { taskVerdictLines } = await import("../render/task.js");
  output.lines(taskVerdictLines(task, output));
}

/** Prints the end of a taskset and makes it the exit code. */
export async function finishWithTaskset(context: Context, taskset: TasksetView): Promise<void> {
  const { output } = context;
  context.exitCode = taskset.status === "succeeded" ? exitCodes.good : exitCodes.failed;
  if (output.isJson) return output.json(taskset);
  const { tasksetVerdictLine } = await import("../render/taskset.js");
  output.line(tasksetVerdictLine(taskset, output));
}
