import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineResume: DefineVerb = (command, context) => {
  command
    .argument("<taskset>", "by id or name")
    .action((taskset: string) => resume(context, taskset))
    .addHelpText("after", examples([["resume nightly", "goes on with a taskset that was paused"]]));
};

async function resume(context: Context, text: string): Promise<void> {
  const [{ tasksetId }, { tasksetVerdictLine }, client] = await Promise.all([
    import("../option/target.js"),
    import("../render/taskset.js"),
    connect(context),
  ]);
  const { output } = context;
  const view = await client.taskset(await tasksetId(client, text)).resume();
  if (output.isJson) output.json(view);
  else output.line(tasksetVerdictLine(view, output));
}
