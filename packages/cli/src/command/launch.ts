import type { Capstan, LaunchOptions } from "@capstan/client";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";
import type { Launch, LaunchFlags } from "../launch/launch-flags.js";

export const defineLaunch: DefineVerb = (command, context) => {
  command
    .argument("[definition]", "the task to launch, for example images/resize")
    .argument("[input]", "its input as JSON; @file reads it from a file, - from stdin")
    .option("--stdin", "launch a taskset from NDJSON on stdin: inputs of the definition, or without one whole tasks")
    .option("--key <key>", "task key: what it is about; estimates are kept under it")
    .option("--idempotency-key <key>", "launching again with the same key gives the same task")
    .option("--delay <duration>", "not before this time has passed")
    .option("--run-at <instant>", "not before this moment, such as 2026-01-31T08:00:00Z")
    .option("--priority <0-9>", "higher first; default 5")
    .option("--timeout <duration>", "time limit of each trial")
    .option("--max-trials <count>", "give it so many trials in all")
    .option("--expires <duration>", "how long it may wait in the queue")
    .option("--revision <revision>", "revision id or version (default: the plugin's default)")
    .option("--name <name>", "name of the taskset (with --stdin)")
    .option("--jobs <count>", "at most so many of the taskset at once (with --stdin)")
    .option("--wait", "wait for the verdict; it is the exit code")
    .action((definition: string | undefined, input: string | undefined, flags: LaunchFlags) =>
      launch(context, { definition, input, flags }),
    )
    .addHelpText(
      "after",
      examples([
        [`launch images/resize '{"path":"cat.png","width":200}' --wait`, "launches a task and waits for its output"],
        ["launch mail/send @mail.json --idempotency-key order-17 --delay 10m", "launches it once, in ten minutes"],
        ["launch images/resize --stdin --name thumbs --wait < inputs.ndjson", "launches a taskset, one input a line"],
      ]),
    );
};

interface Typed {
  readonly definition: string | undefined;
  readonly input: string | undefined;
  readonly flags: LaunchFlags;
}

async function launch(context: Context, typed: Typed): Promise<void> {
  const { readLaunch } = await import("../launch/launch-flags.js");
  const read = readLaunch(typed);
  const client = await connect(context);
  if (read.kind === "taskset") return launchTaskset(context, client, read);
  const { readInput } = await import("../launch/read-input.js");
  const { definition, options } = read;
  return launchTask(context, client, {
    definition,
    options,
    input: await readInput(context, typed.input),
    flags: typed.flags,
  });
}

interface TaskParts {
  readonly definition: string;
  readonly input: unknown;
  readonly options: LaunchOptions;
  readonly flags: LaunchFlags;
}

async function launchTask(context: Context, client: Capstan, parts: TaskParts): Promise<void> {
  const { output } = context;
  const handle = await client.launch<unknown, unknown>(parts.definition, parts.input, parts.options);
  if (parts.flags.wait === true) {
    output.note(`${handle.id} launched`);
    const [{ finishWithTask }, { waitForTask }] = await Promise.all([
      import("./wait.js"),
      import("../run/wait-for-task.js"),
    ]);
    return finishWithTask(context, await waitForTask(context, handle));
  }
  if (output.isJson) output.json({ task: handle.id, isDuplicate: handle.isDuplicate });
  else output.line(handle.id);
  if (handle.isDuplicate) output.note("launched before with the same idempotency key");
}

type TasksetParts = Extract<Launch, { kind: "taskset" }>;

async function launchTaskset(
  context: Context,
  client: Capstan,
  { header, hasDefinition, isWaiting }: TasksetParts,
): Promise<void> {
  const { readEntries } = await import("../launch/read-entries.js");
  const { output } = context;
  const handle = await client.launchTaskset({ ...header, tasks: readEntries(context, hasDefinition) });
  if (isWaiting) {
    output.note(`${handle.id} launched: ${handle.taskCount ?? 0} tasks`);
    const [{ showProgress }, { finishWithTaskset }] = await Promise.all([
      import("../run/show-progress.js"),
      import("./wait.js"),
    ]);
    return finishWithTaskset(context, await showProgress(context, client, { handle }));
  }
  if (output.isJson) output.json({ taskset: handle.id, tasks: handle.taskCount, isDuplicate: handle.isDuplicate });
  else output.line(handle.id);
}
