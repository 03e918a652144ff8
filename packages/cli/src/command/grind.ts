import type { TasksetHandle } from "@capstan/client";
import type { Context } from "../context.js";
import type { ReachedEngine } from "../run/reach-engine.js";
import { addEnvOption } from "../suite/env-option.js";
import { addHookOptions } from "../suite/hook-options.js";
import type { TestOptions } from "../suite/test-settings.js";
import { collect, examples, type DefineVerb } from "./verb.js";

interface Options extends TestOptions {
  readonly times: string;
  readonly example?: readonly string[];
}

export const defineGrind: DefineVerb = (command, context) => {
  addEnvOption(addHookOptions(command))
    .argument("<pattern...>", "test files, or patterns of them")
    .option("-n, --times <count>", "run each file so many times", "100")
    .option("--example <id>", "only this example of the file, by its id; may be repeated", collect)
    .option("--adapter <framework>", "the test framework (default: the one that the folder is set up for)")
    .option("--root <folder>", "the tree that the files are in", ".")
    .option("-j, --jobs <count>", "at most so many at once")
    .option("--timeout <duration>", "time limit of each run")
    .option("--max-failures <count>", "cancel the rest after so many runs have failed")
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--local", "with an engine and a worker of its own, which end with it")
    .option("--or-local", "the same when no engine can be reached")
    .action((patterns: readonly string[], options: Options) => grind(context, patterns, options))
    .addHelpText("after", help);
};

const help = `
Each run has one trial. Nothing is learnt from it, and what fails is told by what it says and by worker.
The exit code is 0 when every run passed, 1 when one failed.
${examples([
  ["grind test/cart.test.js", "runs the file a hundred times over all workers, and says how often it fails"],
  [
    "grind test/cart.test.js -n 1000 --example 'adds one' --max-failures 5",
    "runs one example until it failed five times",
  ],
])}`;

async function grind(context: Context, patterns: readonly string[], options: Options): Promise<void> {
  const [{ readTestSettings }, { makeGrindPlan }, { deployAdapter, fileDefinition }, { parseCount }] =
    await Promise.all([
      import("../suite/test-settings.js"),
      import("../grind/grind-plan.js"),
      import("../suite/deploy-adapter.js"),
      import("../option/count.js"),
    ]);
  const [{ reachEngine }, { followTaskset }] = await Promise.all([
    import("../run/reach-engine.js"),
    import("../run/follow-taskset.js"),
  ]);
  const times = parseCount(options.times, "--times", { max: 100_000 });
  const { adapter, files, ...settings } = await readTestSettings(context, patterns, options);
  const plan = makeGrindPlan(files, { ...settings, times, examples: options.example });
  const engine = await reachEngine(context, options);
  try {
    const launch = async (): Promise<TasksetHandle> => {
      const { id } = await deployAdapter(engine.client, adapter);
      return engine.client.launchTaskset({ task: `${adapter.name}/${fileDefinition}`, revision: id, ...plan });
    };
    const conclude = (handle: TasksetHandle): Promise<void> => tell(context, engine, handle);
    await followTaskset(context, engine, { launch, name: undefined, unit: "run", conclude });
  } finally {
    await engine.local?.close();
  }
}

async function tell({ output }: Context, { client, local }: ReachedEngine, handle: TasksetHandle): Promise<void> {
  const [{ readRuns }, { grindReports }, { grindLines }] = await Promise.all([
    import("../grind/read-runs.js"),
    import("../grind/grind-report.js"),
    import("../render/grind.js"),
  ]);
  for (const report of grindReports(await readRuns(client, handle))) {
    if (output.isJson) output.json({ type: "ground", ...report });
    else output.lines(grindLines(report, { style: output.style, hasLogs: local === undefined }));
  }
}
