import type { WorkerView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineWorkers: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .description("List workers with their slots and statistics.")
    .option("--by-label", "count workers and slots by label instead: who could run what")
    .action(({ byLabel }: { readonly byLabel?: boolean }) => (byLabel === true ? listLabels(context) : list(context)));
  command
    .command("show")
    .argument("<worker>", "by id or name")
    .description("Show a worker: statistics, revisions, running trials, quarantines.")
    .action((worker: string) => show(context, worker));
  command.addHelpText(
    "after",
    examples([
      ["workers", "lists all workers"],
      ["workers --by-label", "shows how many workers and slots each label has"],
      ["workers show build-7", "shows what runs there"],
    ]),
  );
};

async function list(context: Context): Promise<void> {
  const [{ printList }, { workerColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/worker.js"),
    connect(context),
  ]);
  const columns = workerColumns(context.output, Date.now());
  await printList(context.output, client.workers.list(), {
    columns,
    empty: "no workers: start one with `capstan worker`",
  });
}

async function listLabels(context: Context): Promise<void> {
  const [{ printList }, { groupByLabel, labelColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/label.js"),
    connect(context),
  ]);
  const workers: WorkerView[] = [];
  for await (const worker of client.workers.list()) workers.push(worker);
  await printList(context.output, groupByLabel(workers), {
    columns: labelColumns(),
    empty: "no workers: start one with `capstan worker`",
  });
}

async function show(context: Context, worker: string): Promise<void> {
  const [{ workerLines }, client] = await Promise.all([import("../render/worker.js"), connect(context)]);
  const { output } = context;
  const view = await client.workers.get(worker);
  if (output.isJson) return output.json(view);
  output.lines(workerLines(view, { output, nowMs: Date.now() }));
}
