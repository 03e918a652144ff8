import { resolve } from "node:path";
import type { Capstan, TasksetHandle } from "@capstan/client";
import type { TasksetView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import type { LocalEngine } from "../run/local-engine.js";
import type { RunPlan } from "../run/run-plan.js";
import type { RunOptions } from "../run/run-settings.js";
import { collect, examples, type DefineVerb } from "./verb.js";

export const defineRun: DefineVerb = (command, context) => {
  command
    .argument("[command...]", "after --: the command; one word with spaces is a line for the shell")
    .option("--each <item...>", "run it once for each item, such as files; - reads them from stdin")
    .option("--stdin", "run it once for each line of stdin; without a command the lines are the commands")
    .option("--file <file>", "read the taskset from a YAML or JSON file")
    .option("--setup <script>", "run this once on each worker before its first command")
    .option("-j, --jobs <count>", "at most so many at once")
    .option("--timeout <duration>", "time limit of each command, such as 30s")
    .option("--max-trials <count>", "give a command that fails so many trials in all")
    .option("--max-failures <count>", "cancel the rest after so many failures")
    .option("--name <name>", "name of the taskset; only one of a name is active at a time")
    .option("--class <name>", "class under which durations are learnt (default: its name, or its command)")
    .option("--profile <profile>", "defaults for retries and time limits: job or test")
    .option("--cwd <folder>", "where the commands run (default: here, when the engine is on this machine)")
    .option("-e, --env <name=value>", "a variable for the commands; may be repeated", collect)
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--report <file>", "write the report as JSON")
    .option("--junit <file>", "write the report as JUnit XML")
    .option("--local", "with an engine and a worker of its own, which end with it")
    .option("--or-local", "the same when no engine can be reached")
    .action((words: readonly string[], options: RunOptions) => run(context, words, options))
    .addHelpText("after", help);
};

const help = `
Placeholders: {} the item · {.} without its extension · {/} its file name · {//} its folder · {/.} file name without extension
In a line for the shell items are quoted as they are put in: leave placeholders without quotes.

The first Ctrl-C cancels the taskset and waits for its end, the second leaves.
${examples([
  ["run --each test/*.test.js -- node --test {}", "runs each test file on any worker"],
  [
    "run --local -j 4 --each *.png -- 'convert {} -resize 50% small/{/}'",
    "needs no engine; one word is a line for the shell",
  ],
  ["run --stdin --name checks < commands.txt", "runs the lines of a file as commands"],
  ["run --file tasks.yaml --junit report.xml --max-failures 5", "runs a described taskset and writes a report"],
])}`;

async function run(context: Context, words: readonly string[], options: RunOptions): Promise<void> {
  const { readSettings } = await import("../run/run-settings.js");
  const { makeRunPlan } = await import("../run/run-plan.js");
  const engine = await reach(context, options);
  try {
    const settings = await readSettings(context, { words, options, url: engine.url });
    await follow(context, engine.client, { plan: makeRunPlan(settings), options, isLocal: engine.local !== undefined });
  } finally {
    await engine.local?.close();
  }
}

interface Reached {
  readonly client: Capstan;
  readonly url: string;
  readonly local: LocalEngine | undefined;
}

/** The engine to use: that of the options, or one of its own where that is asked for. */
async function reach(context: Context, { local, orLocal, jobs }: RunOptions): Promise<Reached> {
  const { settingsOf } = await import("../context.js");
  const { url } = await settingsOf(context);
  const client = await connect(context);
  if (local !== true && (orLocal !== true || (await answers(client)))) return { client, url, local: undefined };
  const [{ startLocalEngine }, { parseCount }, { Capstan: Client }] = await Promise.all([
    import("../run/local-engine.js"),
    import("../option/count.js"),
    import("@capstan/client"),
  ]);
  const own = await startLocalEngine(jobs === undefined ? undefined : parseCount(jobs, "--jobs", { max: 4_096 }));
  return { client: new Client({ url: own.url }), url: own.url, local: own };
}

async function answers(client: Capstan): Promise<boolean> {
  const { CapstanError } = await import("@capstan/protocol");
  try {
    await client.status();
    return true;
  } catch (error) {
    if (error instanceof CapstanError && error.code === "unreachable") return false;
    throw error;
  }
}

interface Following {
  readonly plan: RunPlan;
  readonly options: RunOptions;
  readonly isLocal: boolean;
}

async function follow(context: Context, client: Capstan, { plan, options, isLocal }: Following): Promise<void> {
  const [{ watchSignals }, { showProgress }] = await Promise.all([
    import("../run/interruption.js"),
    import("../run/show-progress.js"),
  ]);
  const { output } = context;
  let handle: TasksetHandle | undefined;
  let isCancelled: Promise<unknown> | undefined;
  const cancel = (): void => {
    output.note("cancelling the taskset; once more leaves at once");
    isCancelled = handle?.cancel().catch(() => {});
  };
  const interruption = watchSignals(context, cancel);
  try {
    handle = await client.launchTaskset({ task: "command/run", ...plan });
    if (interruption.isInterrupted) await handle.cancel();
    if (output.isJson) output.json({ type: "launched", taskset: handle.id, tasks: handle.taskCount });
    else if (!output.isTerminal) output.line(`${plan.name ?? handle.id}: ${handle.taskCount ?? 0} tasks launched`);
    const remark = (): string | undefined => (interruption.isInterrupted ? "cancelling" : undefined);
    const end = await showProgress(context, client, { handle, hasFailures: true, remark });
    await isCancelled;
    await writeReports(context, handle, options);
    await finish(context, end, { isInterrupted: interruption.isInterrupted, isLocal });
  } finally {
    interruption.stop();
  }
}

async function writeReports({ io }: Context, handle: TasksetHandle, { report, junit }: RunOptions): Promise<void> {
  if (report === undefined && junit === undefined) return;
  const { writeText } = await import("../io/write.js");
  if (report !== undefined) {
    const text = `${JSON.stringify(await handle.report(), undefined, 2)}\n`;
    await writeText(resolve(io.cwd, report), text, "the report");
  }
  if (junit !== undefined) await writeText(resolve(io.cwd, junit), await handle.junit(), "the report");
}

async function finish(
  context: Context,
  end: TasksetView,
  { isInterrupted, isLocal }: { isInterrupted: boolean; isLocal: boolean },
): Promise<void> {
  const { output } = context;
  const code = end.status === "succeeded" ? exitCodes.good : exitCodes.failed;
  context.exitCode = isInterrupted && end.status !== "succeeded" ? exitCodes.interrupted : code;
  if (output.isJson) return output.json({ type: "finished", taskset: end });
  const { tasksetVerdictLine } = await import("../render/taskset.js");
  output.line(tasksetVerdictLine(end, output));
  const isAgain = end.status === "failed" && !isLocal && output.isTerminal;
  if (isAgain) output.note(output.errorStyle.dim(`  again what did not succeed: capstan rerun ${end.id} --wait`));
}
