import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineTrials: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .argument("<task>", "the task")
    .option("--offers", "list the last offers that came to nothing instead: who refused, and why")
    .description("List the trials of a task, oldest first.")
    .action((task: string, { offers }: { offers?: boolean }) =>
      offers === true ? listOffers(context, task) : list(context, task),
    );
  command
    .command("show")
    .argument("<id>", "the trial")
    .description("Show a trial: status, worker, timings, output or error.")
    .action((id: string) => show(context, id));
  command.addHelpText(
    "after",
    examples([
      ["trials task_01hx…", "lists the trials of a task"],
      ["trials task_01hx… --offers", "lists which workers refused it, and why"],
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
  await printList(context.output, trials, options);
}

/** An offer is no trial: it may be refused, and costs the task nothing. */
async function listOffers(context: Context, task: string): Promise<void> {
  const [{ printList }, { offerColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/offer.js"),
    connect(context),
  ]);
  const offers = await client.task(task).offers();
  const columns = offerColumns(Date.now());
  await printList(context.output, offers, { columns, empty: "no offer of it came to nothing" });
}

async function show(context: Context, id: string): Promise<void> {
  const [{ trialLines }, client] = await Promise.all([import("../render/task.js"), connect(context)]);
  const { output } = context;
  const trial = await client.trial(id);
  if (output.isJson) return output.json(trial);
  output.lines(trialLines(trial, { output, nowMs: Date.now() }));
}
