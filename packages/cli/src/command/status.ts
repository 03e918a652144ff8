import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineStatus: DefineVerb = (command, context) => {
  command
    .action(() => status(context))
    .addHelpText(
      "after",
      examples([["status", "shows tasks, workers and slots of the engine; exit code 3 when it is not there"]]),
    );
};

async function status(context: Context): Promise<void> {
  const [{ factLines }, { ago, duration }, client, { url }] = await Promise.all([
    import("../render/facts.js"),
    import("../render/quantity.js"),
    connect(context),
    import("../context.js").then(({ settingsOf }) => settingsOf(context)),
  ]);
  const { output } = context;
  const view = await client.status();
  if (output.isJson) return output.json(view);
  const { tasks, backlogMs } = view;
  output.lines(
    factLines(
      [
        ["engine", `${url}, version ${view.version}${view.isDraining ? ", draining" : ""}`],
        ["store", view.store],
        ["started", ago(view.startedAtMs, Date.now())],
        ["tasks", `${tasks.running} running, ${tasks.queued} queued, ${tasks.waiting} waiting`],
        ["backlog", backlogMs === undefined ? undefined : `${duration(backlogMs)} of work`],
        ["workers", view.workers],
        ["slots", `${view.slotsBusy} of ${view.slots} busy`],
      ],
      output,
    ),
  );
}
