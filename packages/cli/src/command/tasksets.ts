import { resolve } from "node:path";
import type { TasksetStatus } from "@capstan/protocol";
import type { Capstan } from "@capstan/client";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface ListOptions {
  readonly status?: string;
  readonly name?: string;
  readonly active?: boolean;
  readonly limit: string;
}

interface PhaseOptions {
  readonly logs?: boolean;
}

interface ReportOptions {
  readonly junit?: boolean;
  readonly html?: boolean;
  readonly output?: string;
}

export const defineTasksets: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .description("List tasksets, newest first.")
    .option("--active", "only those that are not finished")
    .option("--status <status>", "only those with this status, for example running or failed")
    .option("--name <name>", "only those of this name")
    .option("-n, --limit <count>", "at most so many", "50")
    .action((options: ListOptions) => list(context, options));
  command
    .command("show")
    .argument("<id>", "the taskset, by id or name")
    .description("Show a taskset with its counts and the time that is left.")
    .action((id: string) => show(context, id));
  command
    .command("report")
    .argument("<id>", "the taskset, by id or name")
    .description("Print the report of a taskset: all tasks with their verdicts, as JSON, JUnit XML or a page.")
    .option("--junit", "as JUnit XML")
    .option("--html", "as one page that needs nothing else: timeline, slowest, flaky, failures with output")
    .option("-o, --output <file>", "into a file instead of stdout")
    .action((id: string, options: ReportOptions) => report(context, id, options));
  command
    .command("phases")
    .argument("<id>", "the taskset, by id or name")
    .description("List how getting ready for a taskset, and cleaning up after it, went on each worker.")
    .option("--logs", "with the end of what failed ones wrote")
    .action((id: string, options: PhaseOptions) => phases(context, id, options));
  command.addHelpText(
    "after",
    examples([
      ["tasksets --active", "lists what is under way"],
      ["tasksets show nightly", "shows the newest taskset of that name"],
      ["tasksets phases nightly --logs", "says why a worker did not get ready for it"],
      ["tasksets report nightly --junit -o report.xml", "writes its report for a CI server"],
      ["tasksets report nightly --html -o report.html", "writes it as a page for people"],
    ]),
  );
};

async function list(context: Context, options: ListOptions): Promise<void> {
  const [{ printList }, { tasksetColumns }, { parseCount }, { parseWord }, { tasksetStatuses, limits }, client] =
    await Promise.all([
      import("../render/table.js"),
      import("../render/taskset.js"),
      import("../option/count.js"),
      import("../option/word.js"),
      import("@capstan/protocol"),
      connect(context),
    ]);
  const limit = parseCount(options.limit, "--limit");
  const { status, name } = options;
  const query = {
    ...(status === undefined ? {} : { status: parseWord<TasksetStatus>(status, "--status", tasksetStatuses) }),
    ...(name === undefined ? {} : { name }),
    ...(options.active === true ? { isActive: true } : {}),
    limit: Math.min(limit, limits.pageItemsMax),
  };
  await printList(context.output, client.tasksets(query), {
    columns: tasksetColumns(context.output, Date.now()),
    empty: "no tasksets",
    limit,
  });
}

async function show(context: Context, text: string): Promise<void> {
  const [{ tasksetLines }, { tasksetId }, client] = await Promise.all([
    import("../render/taskset.js"),
    import("../option/target.js"),
    connect(context),
  ]);
  const { output } = context;
  const taskset = await client.taskset(await tasksetId(client, text)).refresh();
  if (output.isJson) return output.json(taskset);
  output.lines(tasksetLines(taskset, { output, nowMs: Date.now() }));
}

async function phases(context: Context, text: string, { logs }: PhaseOptions): Promise<void> {
  const [{ printList }, { phaseColumns, unreadyLines }, { tasksetId }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/phase.js"),
    import("../option/target.js"),
    connect(context),
  ]);
  const { output } = context;
  const list = await client.taskset(await tasksetId(client, text)).phases();
  await printList(output, eachOf(list), {
    columns: phaseColumns(output, Date.now()),
    empty: "it has no workspace, or no worker took it up",
  });
  if (logs === true && !output.isJson) output.lines(unreadyLines(list, output));
}

async function* eachOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function report(context: Context, text: string, options: ReportOptions): Promise<void> {
  const [{ tasksetId }, client] = await Promise.all([import("../option/target.js"), connect(context)]);
  const body = await reportText(client, await tasksetId(client, text), options);
  if (options.output === undefined) return context.output.flow(body.endsWith("\n") ? body : `${body}\n`);
  const { writeText } = await import("../io/write.js");
  await writeText(resolve(context.io.cwd, options.output), body, "the report");
}

async function reportText(client: Capstan, id: string, { junit, html }: ReportOptions): Promise<string> {
  if (junit === true && html === true) {
    const { CapstanError } = await import("@capstan/protocol");
    throw new CapstanError("invalid-config", "say either --junit or --html");
  }
  const handle = client.taskset(id);
  if (junit === true) return handle.junit();
  if (html !== true) return `${JSON.stringify(await handle.report())}\n`;
  const { readHtml } = await import("../report/read-html.js");
  return readHtml(client, id);
}
