import type { BisectOptions, BisectSettings } from "../bisect/bisect-settings.js";
import type { Context } from "../context.js";
import type { Bisected } from "../bisect/bisection.js";
import type { ReachedEngine } from "../run/reach-engine.js";
import { addEnvOption } from "../suite/env-option.js";
import { addHookOptions } from "../suite/hook-options.js";
import { addWorkspaceOptions } from "../workspace/workspace-options.js";
import { collect, examples, type DefineVerb } from "./verb.js";

export const defineBisect: DefineVerb = (command, context) => {
  addEnvOption(addHookOptions(addWorkspaceOptions(command)))
    .argument("<file>", "the test file that fails after others")
    .option("--after <pattern>", "files that may be to blame, or patterns of them; may be repeated", collect)
    .option("--name <name>", "the suite in whose newest run it failed: what ran before it there may be to blame")
    .option("--example <id>", "only the failure of this example, by its id")
    .option("-n, --times <count>", "run each probe so many times: one that fails is enough", "1")
    .option("--adapter <framework>", "the test framework (default: the one that the folder is set up for)")
    .option("--root <folder>", "the tree that the files are in (default: this folder)")
    .option("--suite <name>", "the suite of the configuration that it belongs to")
    .option("--config <file>", "the configuration (default: capstan.config.ts, .js, .mjs or .json of this folder)")
    .option("-j, --jobs <count>", "at most so many probes at once (default: the slots of all workers)")
    .option("--timeout <duration>", "time limit of each run (default: 1h)")
    .option("-l, --label <label>", "only on workers with this label; may be repeated", collect)
    .option("--local", "with an engine and a worker of its own, which end with it")
    .option("--or-local", "the same when no engine can be reached")
    .action((file: string, options: BisectOptions) => bisectFile(context, file, options))
    .addHelpText("after", help);
};

const help = `
It checks that the file passes alone and fails after all that may be to blame, halves those until none
can be left out, and checks once more. Each run has an executor of its own, in which the files run one
after another. Without --after and --name all other files of the suite may be to blame.
The exit code is 0 when the files to blame were found.
${examples([
  ["bisect test/cart.test.js --name unit", "finds what broke it in the newest run of the suite"],
  ["bisect test/cart.test.js --after 'test/user/*.js' -n 5", "runs each probe five times, for what fails now and then"],
  ["bisect spec/cart_spec.rb --workspace", "gives each probe a copy of the tree"],
])}`;

async function bisectFile(context: Context, file: string, options: BisectOptions): Promise<void> {
  const [{ readBisectSettings }, { reachEngine }] = await Promise.all([
    import("../bisect/bisect-settings.js"),
    import("../run/reach-engine.js"),
  ]);
  const settings = await readBisectSettings(context, file, options);
  const engine = await reachEngine(context, settings.options);
  try {
    const bisected = await search(context, engine, settings);
    if (bisected !== undefined) await tell(context, { settings, bisected });
  } finally {
    await engine.local?.close();
  }
}

/** Undefined when a signal ended it. */
async function search(
  context: Context,
  { client }: ReachedEngine,
  settings: BisectSettings,
): Promise<Bisected | undefined> {
  const [{ bisect }, { probe }, { roundLine }, { watchSignals }, { exitCodes }] = await Promise.all([
    import("../bisect/bisection.js"),
    import("../bisect/probe.js"),
    import("../render/bisect.js"),
    import("../run/interruption.js"),
    import("../exit-code.js"),
  ]);
  const { findCandidates, prepareProbes } = await import("../bisect/prepare-probes.js");
  const { output } = context;
  const candidates = await findCandidates(context, client, settings);
  const probes = await prepareProbes(context, client, settings);
  const interruption = watchSignals(context, () => output.note("cancelling what runs; once more leaves at once"));
  try {
    return await bisect(candidates, {
      atOnce: settings.jobs ?? Math.max(1, (await client.status()).slots),
      onRound: (round) => {
        if (output.isJson) output.json({ type: "round", ...round });
        else output.line(roundLine(round));
      },
      probe: async (before, signal) => {
        const result = await probe(client, probes, { before, signal: AbortSignal.any([signal, interruption.signal]) });
        interruption.signal.throwIfAborted();
        return result;
      },
    });
  } catch (error) {
    if (!interruption.isInterrupted) throw error;
    context.exitCode = exitCodes.interrupted;
    return undefined;
  } finally {
    interruption.stop();
  }
}

async function tell(
  context: Context,
  { settings, bisected }: { readonly settings: BisectSettings; readonly bisected: Bisected },
): Promise<void> {
  const [{ bisectedLines }, { exitCodes }, { againCommand }] = await Promise.all([
    import("../render/bisect.js"),
    import("../exit-code.js"),
    import("../bisect/again-command.js"),
  ]);
  const { output } = context;
  const { file, typed } = settings;
  const again = (culprits: readonly string[]): string => againCommand(file, culprits, typed);
  context.exitCode = bisected.outcome === "found" ? exitCodes.good : exitCodes.failed;
  if (!output.isJson) return output.lines(bisectedLines(file, bisected, { style: output.style, again }));
  const command = bisected.outcome === "found" ? { command: again(bisected.culprits) } : {};
  output.json({ type: "bisected", file, ...bisected, ...command });
}
