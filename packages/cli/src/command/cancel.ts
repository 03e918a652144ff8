import type { Capstan } from "@capstan/client";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly name?: string;
  readonly wait?: boolean;
}

export const defineCancel: DefineVerb = (command, context) => {
  command
    .argument("[id...]", "tasks or tasksets, or names of tasksets")
    .option("--name <name>", "the active taskset of this name; it is no error when there is none")
    .option("--wait", "wait until they have ended")
    .action((ids: readonly string[], options: Options) => cancel(context, ids, options))
    .addHelpText(
      "after",
      examples([
        ["cancel task_01hx…", "cancels a task; what runs is stopped"],
        ["cancel --name nightly", "the same, and none of that name need be active"],
        ["cancel nightly --wait", "cancels what is unfinished of a taskset, and waits for its end"],
      ]),
    );
};

async function cancel(context: Context, ids: readonly string[], { name, wait = false }: Options): Promise<void> {
  const [{ findTarget }, { CapstanError }, { oneLine }, { statusText }, client] = await Promise.all([
    import("../option/target.js"),
    import("@capstan/protocol"),
    import("../render/control.js"),
    import("../render/status.js"),
    connect(context),
  ]);
  const { output } = context;
  const active = name === undefined ? [] : await activeNamed(client, name);
  if (ids.length === 0 && name === undefined)
    throw new CapstanError("invalid-config", "say what to cancel: ids, or --name NAME");
  if (name !== undefined && active.length === 0) output.note(`no active taskset is called ${oneLine(name)}`);
  for (const text of [...ids, ...active]) {
    const { kind, id } = await findTarget(client, text);
    let view = kind === "task" ? await client.task(id).cancel() : await client.taskset(id).cancel();
    if (wait) view = kind === "task" ? await client.task(id).outcome() : await client.taskset(id).result();
    if (output.isJson) output.json(view);
    else output.line(`${view.id} ${statusText(view.status, output.style)}`);
  }
}

async function activeNamed(client: Capstan, name: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of client.tasksets({ name, isActive: true })) ids.push(id);
  return ids;
}
