import type { TasksetHandle } from "@capstan/client";
import type { Context } from "../context.js";
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
    .option("--max-retries <count>", "so many retries of all together; then what fails is final")
    .option("--max-retry-share <share>", "the same as a share of all, such as 5%")
    .option("--mute <key>", "this task runs and is reported, but does not fail the rest; may be repeated", collect)
    .option("--muted-from <file>", "the same for each line of a file; after # and a space it may say why")
    .option("--name <name>", "name of the taskset; only one of a name is active at a time")
    .option("--replace", "cancel the active taskset of that name first, and wait for its end")
    .option("--class <name>", "class under which durations are learnt (default: its name, or its command)")
    .option("--profile <profile>", "defaults for retries and time limits: job or test")
    .option("--cwd <folder>", "where the commands run (default: here, when the engine is on this machine)")
    .option("-e, --env <name=value>", "a variable for the commands; may be repeated", collect)
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--report <file>", "write the report as JSON")
    .option("--junit <file>", "write the report as JUnit XML")
    .option("--html <file>", "write the report as one page: timeline, slowest, flaky, failures with output")
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
  const [{ readSettings }, { makeRunPlan }, { reachEngine }, { followTaskset }] = await Promise.all([
    import("../run/run-settings.js"),
    import("../run/run-plan.js"),
    import("../run/reach-engine.js"),
    import("../run/follow-taskset.js"),
  ]);
  const engine = await reachEngine(context, options);
  try {
    const plan = makeRunPlan(await readSettings(context, { words, options, url: engine.url }));
    const launch = (): Promise<TasksetHandle> => engine.client.launchTaskset({ task: "command/run", ...plan });
    const { report, junit, html, replace } = options;
    await followTaskset(context, engine, {
      launch,
      name: plan.name,
      replace,
      canRepeat: Array.isArray(plan.tasks),
      report,
      junit,
      html,
    });
  } finally {
    await engine.local?.close();
  }
}
