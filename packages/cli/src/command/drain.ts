import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineDrain: DefineVerb = (command, context) => {
  command
    .argument("<worker>", "by id or name")
    .option("--undo", "offer it work again")
    .action((worker: string, options: { readonly undo?: boolean }) => drain(context, worker, options))
    .addHelpText(
      "after",
      examples([
        ["drain build-7", "lets what runs there end, offers nothing new"],
        ["drain build-7 --undo", "takes that back"],
      ]),
    );
};

async function drain(context: Context, worker: string, { undo = false }: { readonly undo?: boolean }): Promise<void> {
  const client = await connect(context);
  const { output } = context;
  const view = await client.workers.drain(worker, { isDraining: !undo });
  if (output.isJson) return output.json(view);
  const { statusText } = await import("../render/status.js");
  output.line(`${view.name} ${statusText(view.status, output.style)}: ${view.slotsBusy} of ${view.slots} slots busy`);
}
