import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineCancel: DefineVerb = (command, context) => {
  command
    .argument("<id...>", "tasks or tasksets, or names of tasksets")
    .option("--wait", "wait until they have ended")
    .action((ids: readonly string[], options: { readonly wait?: boolean }) => cancel(context, ids, options))
    .addHelpText(
      "after",
      examples([
        ["cancel task_01hx…", "cancels a task; what runs is stopped"],
        ["cancel nightly --wait", "cancels what is unfinished of a taskset, and waits for its end"],
      ]),
    );
};

async function cancel(context: Context, ids: readonly string[], { wait = false }: { wait?: boolean }): Promise<void> {
  const [{ findTarget }, { statusText }, client] = await Promise.all([
    import("../option/target.js"),
    import("../render/status.js"),
    connect(context),
  ]);
  const { output } = context;
  for (const text of ids) {
    const { kind, id } = await findTarget(client, text);
    let view = kind === "task" ? await client.task(id).cancel() : await client.taskset(id).cancel();
    if (wait) view = kind === "task" ? await client.task(id).outcome() : await client.taskset(id).result();
    if (output.isJson) output.json(view);
    else output.line(`${view.id} ${statusText(view.status, output.style)}`);
  }
}
