import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
}

export const defineRerun: DefineVerb = (command, context) => {
  command
    .argument("<id>", "task or taskset, or the name of a taskset")
    .option("--all", "also what has succeeded (tasksets)")
    .option("--force", "also what is not safe to rerun")
    .option("--wait", "show it until its verdict, which is the exit code")
    .action((id: string, options: Options) => rerun(context, id, options))
    .addHelpText(
      "after",
      examples([
        ["rerun nightly --wait", "runs again what did not succeed, with new budgets"],
        ["rerun task_01hx… --force", "runs a task again although that may do something twice"],
      ]),
    );
};

async function rerun(context: Context, text: string, { all, force, wait }: Options): Promise<void> {
  const [{ findTarget }, { statusText }, client] = await Promise.all([
    import("../option/target.js"),
    import("../render/status.js"),
    connect(context),
  ]);
  const { output } = context;
  const { kind, id } = await findTarget(client, text);
  const what = all === true ? ("all" as const) : ("unsuccessful" as const);
  const view =
    kind === "task"
      ? await client.task(id).rerun(force === undefined ? {} : { force })
      : await client.taskset(id).rerun({ what, force });
  if (wait === true) {
    const { finishWithTask, finishWithTaskset } = await import("./wait.js");
    const { waitForTask } = await import("../run/wait-for-task.js");
    if (kind === "task") return finishWithTask(context, await waitForTask(context, client.task(id)));
    const { showProgress } = await import("../run/show-progress.js");
    const shown = { handle: client.taskset(id), hasFailures: true };
    return finishWithTaskset(context, await showProgress(context, client, shown));
  }
  if (output.isJson) output.json(view);
  else output.line(`${view.id} ${statusText(view.status, output.style)}, round ${view.round}`);
}
