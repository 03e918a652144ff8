import type { Capstan, TasksetHandle } from "@capstan/client";
import type { TasksetView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly verbose?: boolean;
  readonly failureExitCode?: boolean;
}

export const defineShow: DefineVerb = (command, context) => {
  command
    .argument("<id>", "task or taskset, or the name of a taskset: the newest")
    .option("-v, --verbose", "also what did not fail, with its time, worker and examples")
    .option("--failure-exit-code", "end with exit code 1 unless it has succeeded")
    .action((id: string, options: Options) => show(context, id, options))
    .addHelpText(
      "after",
      examples([
        ["show unit", "shows how the newest taskset of that name stands, and its failures with their output"],
        ["show unit --verbose", "lists every file with its examples as well"],
        ["show unit --failure-exit-code && ./release", "goes on when it has succeeded"],
      ]),
    );
};

async function show(context: Context, text: string, options: Options): Promise<void> {
  const [{ findTarget }, client] = await Promise.all([import("../option/target.js"), connect(context)]);
  const { kind, id } = await findTarget(client, text);
  const status =
    kind === "task" ? await showTask(context, client, id) : await showTaskset(context, client, { id, ...options });
  const isGood = status === "succeeded" || (kind === "task" && status === "skipped");
  if (options.failureExitCode === true && !isGood) context.exitCode = exitCodes.failed;
}

async function showTask({ output }: Context, client: Capstan, id: string): Promise<string> {
  const [{ readFailure }, { failureLines }, { taskVerdictLines }] = await Promise.all([
    import("../run/failure.js"),
    import("../render/failure.js"),
    import("../render/task.js"),
  ]);
  const task = await client.task(id).refresh();
  if (task.status !== "failed") {
    if (output.isJson) output.json(task);
    else output.lines(taskVerdictLines(task, output));
    return task.status;
  }
  const failure = await readFailure(client, id);
  if (output.isJson) output.json(failure);
  else output.lines(failureLines(failure, output));
  return task.status;
}

interface TasksetOptions extends Options {
  readonly id: string;
}

async function showTaskset(context: Context, client: Capstan, { id, verbose }: TasksetOptions): Promise<string> {
  const { output } = context;
  const handle = client.taskset(id);
  const taskset = await handle.refresh();
  if (output.isJson) output.json({ type: "taskset", taskset });
  if (verbose === true) await showTasks(context, client, handle);
  await showFailures(context, client, taskset);
  if (!output.isJson) {
    const { tasksetVerdictLine } = await import("../render/taskset.js");
    output.line(tasksetVerdictLine(taskset, output));
  }
  return taskset.status;
}

/** What did not fail: failures come after it, where they are seen. */
async function showTasks({ output }: Context, client: Capstan, handle: TasksetHandle): Promise<void> {
  const [{ readExamples }, { fileLines }] = await Promise.all([
    import("@capstan/protocol"),
    import("../render/file.js"),
  ]);
  for (const task of (await handle.report()).tasks) {
    if (task.status === "failed") continue;
    const told = readExamples(task.lastTrial && (await client.trialOutput(task.lastTrial)));
    if (output.isJson) output.json({ type: "task", task });
    else await output.flow(`${fileLines(task, told, output).join("\n")}\n`);
    if (output.closed.aborted) return;
  }
}

async function showFailures({ output }: Context, client: Capstan, taskset: TasksetView): Promise<void> {
  const [{ Failures }, { makeDisplay }] = await Promise.all([import("../run/failure.js"), import("../run/display.js")]);
  const failures = new Failures(client, taskset.id);
  const display = makeDisplay(output);
  for await (const failure of failures.next(taskset)) display.failure(failure);
  display.hidden(failures.hiddenCount(taskset), taskset.id);
  display.close();
}
