import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineTrials: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .argument("<task>", "the task")
    .description("List the trials of a task, oldest first.")
    .action((task: string) => list(context, task));
  command
    .command("show")
    .argument("<id>", "the trial")
    .description("Show a trial: status, worker, timings, output or error.")
    .action((id: string) => show(context, id));
  command.addHelpText(
    "after",
    examples([
      ["trials task_01hx…", "lists the trials of a task"],
      ["trials show trial_01hx…_2", "shows its second trial"],
    ]),
  );
};

async function list(context: Context, task: string): Promise<void> {
  const [{ printList }, { trialColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/task.js"),
    connect(context),
  ]);
  const trials = await client.task(task).trials();
  const options = { columns: trialColumns(context.output), empty: "no trials yet" };
  await printList(
    context.output,
    (async function* () {
      yield* trials;
    })(),
    options,
  );
}

async function show(context: Context, id: string): Promise<void> {
  const [{ trialLines }, client] = await Promise.all([import("../render/task.js"), connect(context)]);
  const { output } = context;
  const trial = await client.trial(id);
  if (output.isJson) return output.json(trial);
  output.lines(trialLines(trial, { output, nowMs: Date.now() }));
}
