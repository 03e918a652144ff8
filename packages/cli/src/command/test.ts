import type { Adapter } from "@capstan/adapter";
import type { TasksetHandle } from "@capstan/client";
import type { Context } from "../context.js";
import { oneLine } from "../render/control.js";
import type { ReachedEngine } from "../run/reach-engine.js";
import type { SplitOptions } from "../split/find-splits.js";
import type { SplitPlan } from "../split/split-plan.js";
import type { ConfiguredTest } from "../suite/config-options.js";
import { addEnvOption } from "../suite/env-option.js";
import { addHookOptions } from "../suite/hook-options.js";
import { addWorkspaceOptions } from "../workspace/workspace-options.js";
import type { TestOptions } from "../suite/test-settings.js";
import { collect, examples, type DefineVerb } from "./verb.js";

export const defineTest: DefineVerb = (command, context) => {
  addEnvOption(addHookOptions(addWorkspaceOptions(command)))
    .argument("[pattern...]", "test files, or patterns of them (default: those of the framework)")
    .option("--adapter <framework>", "the test framework (default: the one that the folder is set up for)")
    .option("--command <line>", "instead of a framework: a line for the shell that runs one file, which {} stands for")
    .option("--results <form>", "where its results come from: exit-code, tap or junit[:<path>]")
    .option("--root <folder>", "the tree that the files are in (default: this folder)")
    .option("--suite <name>", "the suite of the configuration to run")
    .option("--config <file>", "the configuration (default: capstan.config.ts, .js, .mjs or .json of this folder)")
    .option("-j, --jobs <count>", "at most so many files at once")
    .option("--timeout <duration>", "time limit of each file (default: from what is learnt of it)")
    .option("--memory <MiB>", "memory limit of each file, in mebibytes, what its slot has loaded included")
    .option("--max-trials <count>", "give a file that fails so many trials in all")
    .option("--max-failures <count>", "cancel the rest after so many files have failed")
    .option("--max-retries <count>", "so many retries of all together; then what fails is final")
    .option("--max-retry-share <share>", "the same as a share of all, such as 5%")
    .option(
      "--mute <key>",
      "this file, or FILE::EXAMPLE, runs and is reported, but does not fail the rest; may be repeated",
      collect,
    )
    .option("--muted-from <file>", "the same for each line of a file; after # and a space it may say why")
    .option("--unmuted", "leave the list of muted tests aside that the engine keeps for the class")
    .option("--split", "split a file that takes longer than an even share of the slots into its examples")
    .option("--no-split", "run every file whole (default)")
    .option("--isolate", "keep from every file what others have left in their process (default)")
    .option("--no-isolate", "run file after file in one process of the slot, where the framework can")
    .option("--name <name>", "name of the taskset; only one of a name is active at a time")
    .option("--replace", "cancel the active taskset of that name first, and wait for its end")
    .option("--class <name>", "class under which durations are learnt (default: its name, or the framework)")
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--report <file>", "write the report as JSON")
    .option("--junit <file>", "write the report as JUnit XML")
    .option("--html <file>", "write the report as one page: timeline, slowest, flaky, failures with output")
    .option("--local", "with an engine and a worker of its own, which end with it")
    .option("--or-local", "the same when no engine can be reached")
    .action((patterns: readonly string[], options: TestOptions) => test(context, { patterns, options }))
    .addHelpText("after", help);
};

const help = `
A slot loads the framework once, where the framework allows that, and runs file after file. The workers
see the tree under the same path, unless --workspace sends it along.
What \`capstan mute\` keeps muted for the class does not fail the suite.
Every option may stand in capstan.config.ts instead; what is typed comes before it.
The first Ctrl-C cancels the suite and waits for its end, the second leaves.
${examples([
  ["test --local", "runs the suite of this folder on this machine"],
  ["test --name unit --max-trials 2 --junit report.xml", "runs it on the engine's workers, and writes a report"],
  ["test --workspace --setup 'npm ci'", "sends the tree to the workers, which install what it needs"],
  [
    "test --before-all 'bin/db create' --after-all 'bin/db drop'",
    "gives each executor a database of its own, by the number in $CAPSTAN_EXECUTOR",
  ],
  ["test --suite slow -j 8", "runs a suite that capstan.config.ts describes"],
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

async function test(context: Context, typed: ConfiguredTest): Promise<void> {
  const [{ readConfigured }, { readTestSettings }, { makeSuitePlan }, { deployAdapter, fileDefinition }] =
    await Promise.all([
      import("../suite/read-configured.js"),
      import("../suite/test-settings.js"),
      import("../suite/suite-plan.js"),
      import("../suite/deploy-adapter.js"),
    ]);
  const [{ reachEngine }, { followTaskset }, { sendWorkspace }, { readKept }, { mutedInParts, planMuted }] =
    await Promise.all([
      import("../run/reach-engine.js"),
      import("../run/follow-taskset.js"),
      import("../workspace/send-workspace.js"),
      import("../suite/read-kept.js"),
      import("../suite/muted-plan.js"),
    ]);
  const { patterns, options } = await readConfigured(context, typed);
  const { adapter, files, sent, split, ...settings } = await readTestSettings(context, patterns, options);
  const engine = await reachEngine(context, options);
  try {
    const kept = options.unmuted === true ? [] : await readKept(engine, settings.class);
    const muted = planMuted(files, { typed: settings.muted, kept });
    const splits = split ? await splitsOf(context, engine, { adapter, files, ...settings }) : undefined;
    const launch = async (): Promise<TasksetHandle> => {
      const { id } = await deployAdapter(engine.client, adapter);
      const workspace = sent && (await sendWorkspace(context, engine.client, { root: settings.root, settings: sent }));
      const plan = makeSuitePlan(files, { ...settings, muted, workspace, splits });
      return engine.client.launchTaskset({ task: `${adapter.name}/${fileDefinition}`, revision: id, ...plan });
    };
    const { report, junit, html, replace } = options;
    await followTaskset(context, engine, {
      launch,
      name: settings.name,
      unit: "file",
      unitCount: files.length,
      root: settings.root,
      muted: mutedInParts(muted, splits),
      replace,
      report,
      junit,
      html,
    });
  } finally {
    await engine.local?.close();
  }
}

/** The files that are split, which are said; none where the framework's adapter cannot run parts of a file. */
async function splitsOf(
  { output }: Context,
  { client }: ReachedEngine,
  { adapter, ...suite }: SplitOptions & { readonly adapter: Adapter },
): Promise<SplitPlan | undefined> {
  if (!adapter.runsParts) {
    output.note(`no file is split: ${adapter.title} cannot run some examples of a file and leave out all others`);
    return undefined;
  }
  const { findSplits } = await import("../split/find-splits.js");
  const splits = await findSplits(client, suite);
  for (const [file, parts] of splits) {
    const estimatesMs = parts.map(({ estimateMs }) => estimateMs);
    if (output.isJson) output.json({ type: "split", file, parts: parts.length, estimatesMs });
    else output.line(`${oneLine(file)} is split into ${parts.length} parts`);
  }
  return splits;
}
