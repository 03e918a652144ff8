import type { TasksetHandle } from "@capstan/client";
import type { Context } from "../context.js";
import type { TestOptions } from "../suite/test-settings.js";
import { collect, examples, type DefineVerb } from "./verb.js";

export const defineTest: DefineVerb = (command, context) => {
  command
    .argument("[pattern...]", "test files, or patterns of them (default: those of the framework)")
    .option("--adapter <framework>", "the test framework (default: the one that the folder is set up for)")
    .option("--command <line>", "instead of a framework: a line for the shell that runs one file, which {} stands for")
    .option("--results <form>", "where its results come from: exit-code, tap or junit[:<path>]")
    .option("--root <folder>", "the tree that the files are in", ".")
    .option("-j, --jobs <count>", "at most so many files at once")
    .option("--timeout <duration>", "time limit of each file (default: from what is learnt of it)")
    .option("--memory <MiB>", "memory limit of each file, in mebibytes, what its slot has loaded included")
    .option("--max-trials <count>", "give a file that fails so many trials in all")
    .option("--max-failures <count>", "cancel the rest after so many files have failed")
    .option("--name <name>", "name of the taskset; only one of a name is active at a time")
    .option("--class <name>", "class under which durations are learnt (default: its name, or the framework)")
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--report <file>", "write the report as JSON")
    .option("--junit <file>", "write the report as JUnit XML")
    .option("--local", "with an engine and a worker of its own, which end with it")
    .option("--or-local", "the same when no engine can be reached")
    .action((patterns: readonly string[], options: TestOptions) => test(context, patterns, options))
    .addHelpText("after", help);
};

const help = `
A slot loads the framework once, where the framework allows that, and runs file after file. The workers must see the tree under the same path.
The first Ctrl-C cancels the suite and waits for its end, the second leaves.
${examples([
  ["test --local", "runs the suite of this folder on this machine"],
  ["test --name unit --max-trials 2 --junit report.xml", "runs it on the engine's workers, and writes a report"],
  ["test 'src/**/*.test.ts' --adapter vitest -j 8", "runs some of the files, at most eight at once"],
  [
    "test 't/*.t' --command 'perl -Ilib {}' --results tap",
    "runs a command for each file, which tells its tests in TAP",
  ],
  [
    "test 'tests/*Test.php' --command 'phpunit --log-junit $CAPSTAN_RESULTS {}' --results junit",
    "takes the results from JUnit XML",
  ],
])}`;

async function test(context: Context, patterns: readonly string[], options: TestOptions): Promise<void> {
  const [{ readTestSettings }, { makeSuitePlan }, { deployAdapter, fileDefinition }] = await Promise.all([
    import("../suite/test-settings.js"),
    import("../suite/suite-plan.js"),
    import("../suite/deploy-adapter.js"),
  ]);
  const [{ reachEngine }, { followTaskset }] = await Promise.all([
    import("../run/reach-engine.js"),
    import("../run/follow-taskset.js"),
  ]);
  const { adapter, files, ...settings } = await readTestSettings(context, patterns, options);
  const engine = await reachEngine(context, options);
  try {
    const launch = async (): Promise<TasksetHandle> => {
      const { id } = await deployAdapter(engine.client, adapter);
      const plan = makeSuitePlan(files, settings);
      return engine.client.launchTaskset({ task: `${adapter.name}/${fileDefinition}`, revision: id, ...plan });
    };
    const { report, junit } = options;
    await followTaskset(context, engine, { launch, name: settings.name, unit: "file", report, junit });
  } finally {
    await engine.local?.close();
  }
}
