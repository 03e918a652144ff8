import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const definePause: DefineVerb = (command, context) => {
  command
    .argument("<taskset>", "by id or name")
    .option("--stop", "also stop what runs and put it back, at no cost")
    .action((taskset: string, options: { readonly stop?: boolean }) => pause(context, taskset, options))
    .addHelpText(
      "after",
      examples([
        ["pause nightly", "lets running trials end, grants nothing new"],
        ["pause nightly --stop", "frees its slots now"],
      ]),
    );
};

async function pause(context: Context, text: string, { stop }: { readonly stop?: boolean }): Promise<void> {
  const [{ tasksetId }, { tasksetVerdictLine }, client] = await Promise.all([
    import("../option/target.js"),
    import("../render/taskset.js"),
    connect(context),
  ]);
  const { output } = context;
  const view = await client.taskset(await tasksetId(client, text)).pause({ stop });
  if (output.isJson) output.json(view);
  else output.line(tasksetVerdictLine(view, output));
}
