import type { TaskStatus } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly status?: string;
  readonly taskset?: string;
  readonly definition?: string;
  readonly plugin?: string;
  readonly key?: string;
  readonly limit: string;
}

export const defineTasks: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .description("List tasks, newest first.")
    .option("--status <status>", "only those with this status, for example queued or failed")
    .option("--taskset <id>", "only those of a taskset, by id or name")
    .option("--definition <name>", "only those of a definition, for example images/resize")
    .option("--plugin <name>", "only those of a plugin")
    .option("--key <key>", "only those with this task key")
    .option("-n, --limit <count>", "at most so many", "50")
    .action((options: Options) => list(context, options));
  command
    .command("show")
    .argument("<id>", "the task")
    .description("Show a task with its trials and the reason why it waits or failed.")
    .action((id: string) => show(context, id));
  command.addHelpText(
    "after",
    examples([
      ["tasks --status failed", "lists the tasks that failed"],
      ["tasks show task_01hx…", "shows why a task waits, and all its trials"],
      ["tasks --json --limit 1000 | jq .id", "prints ids for a script"],
    ]),
  );
};

async function list(context: Context, options: Options): Promise<void> {
  const [
    { printList },
    { taskColumns },
    { parseCount },
    { parseWord },
    { tasksetId },
    { taskStatuses, limits },
    client,
  ] = await Promise.all([
    import("../render/table.js"),
    import("../render/task.js"),
    import("../option/count.js"),
    import("../option/word.js"),
    import("../option/target.js"),
    import("@capstan/protocol"),
    connect(context),
  ]);
  const limit = parseCount(options.limit, "--limit");
  const { definition, plugin, key } = options;
  const query = {
    ...(options.status === undefined
      ? {}
      : { status: parseWord<TaskStatus>(options.status, "--status", taskStatuses) }),
    ...(options.taskset === undefined ? {} : { taskset: await tasksetId(client, options.taskset) }),
    ...(definition === undefined ? {} : { definition }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(key === undefined ? {} : { key }),
    limit: Math.min(limit, limits.pageItemsMax),
  };
  await printList(context.output, client.tasks(query), {
    columns: taskColumns(context.output, Date.now()),
    empty: "no tasks",
    limit,
  });
}

async function show({ output, ...context }: Context, id: string): Promise<void> {
  const [{ taskLines }, client] = await Promise.all([import("../render/task.js"), connect({ output, ...context })]);
  const handle = client.task(id);
  const [task, trials] = await Promise.all([handle.refresh(), handle.trials()]);
  if (output.isJson) return output.json({ ...task, allTrials: trials });
  output.lines(taskLines(task, trials, { output, nowMs: Date.now() }));
}
