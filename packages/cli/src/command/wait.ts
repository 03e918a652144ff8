import type { TaskView, TasksetView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly timeout?: string;
}

export const defineWait: DefineVerb = (command, context) => {
  command
    .argument("<id>", "task or taskset, or the name of a taskset")
    .option("--timeout <duration>", "give up after this time, with exit code 124; it goes on by itself")
    .action((id: string, options: Options) => wait(context, id, options))
    .addHelpText(
      "after",
      examples([
        ["wait task_01hx…", "prints the verdict; exit code 0 only if it succeeded or was skipped"],
        ["wait nightly --timeout 30m && ./release", "goes on when the taskset has succeeded"],
      ]),
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
    const { waitForTask } = await import("../run/wait-for-task.js");
    return finishWithTask(context, await waitForTask(context, client.task(id), timeoutMs));
  }
  const handle = client.taskset(id);
  await handle.refresh();
  const { showProgress } = await import("../run/show-progress.js");
  await finishWithTaskset(context, await showProgress(context, client, { handle, timeoutMs }));
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
