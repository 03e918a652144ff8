import type { Capstan } from "@capstan/client";
import { connect, type Context } from "../context.js";
import type { IsMuted } from "../render/flaky.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly limit: string;
}

export const defineFlaky: DefineVerb = (command, context) => {
  command
    .argument("[class]", "only tasks of this class: the suite")
    .argument("[key]", "every flaky verdict of this task, with the trial that failed")
    .option("-n, --limit <count>", "at most so many tasks", "100")
    .action((name: string | undefined, key: string | undefined, options: Options) =>
      key === undefined ? list(context, name, options) : show(context, name, key),
    )
    .addHelpText("after", help);
};

const help = `
A task is flaky when it succeeded after a counted trial that failed. Of each the last 50 flaky verdicts are kept, for 90 days.
${examples([
  ["flaky unit", "lists the flaky files of the suite, and how often they were"],
  ["flaky unit test/cart.test.js", "shows when, in which tasksets, and which trials failed"],
  ["flaky unit --json", "the same for programs"],
])}`;

async function list(context: Context, name: string | undefined, options: Options): Promise<void> {
  const [{ printList }, { mergeParts }, { flakyColumns }, { parseCount }, { limits }, client] = await Promise.all([
    import("../render/table.js"),
    import("../flaky/merge-parts.js"),
    import("../render/flaky.js"),
    import("../option/count.js"),
    import("@capstan/protocol"),
    connect(context),
  ]);
  const limit = parseCount(options.limit, "--limit");
  const query = { ...(name === undefined ? {} : { class: name }), limit: Math.min(limit, limits.pageItems) };
  const isMuted = await mutedOf(client, name);
  const columns = flakyColumns(context.output, { nowMs: Date.now(), isMuted });
  await printList(context.output, mergeParts(client.flaky(query)), { columns, empty: "nothing was flaky", limit });
  if (context.output.isTerminal) context.output.note(context.output.errorStyle.dim(hint));
}

const hint = "`capstan flaky CLASS TASK` tells when, and how to mute it: so that it runs and does not fail its suite";

/** Which tests the engine keeps muted. */
async function mutedOf(client: Capstan, name: string | undefined): Promise<IsMuted> {
  const { limits } = await import("@capstan/protocol");
  const query = { ...(name === undefined ? {} : { class: name }), limit: limits.pageItemsMax };
  const muted = new Set<string>();
  for await (const { class: of, key, example } of client.muted.list(query))
    muted.add(JSON.stringify([of, key, example]));
  return (of, key, example) => muted.has(JSON.stringify([of, key, example]));
}

async function show(context: Context, name: string | undefined, key: string): Promise<void> {
  const [{ printList }, { readFlakyFile }, { flakyVerdictColumns, muteCommands }, client] = await Promise.all([
    import("../render/table.js"),
    import("../flaky/read-flaky-file.js"),
    import("../render/flaky.js"),
    connect(context),
  ]);
  const { output } = context;
  const commands: string[] = [];
  const isMuted = await mutedOf(client, name);
  const found = readFlakyFile(client, { class: name, key });
  const verdicts = (async function* () {
    for await (const view of found) {
      commands.push(...muteCommands(view, isMuted));
      yield* view.verdicts ?? [];
    }
  })();
  await printList(output, verdicts, { columns: flakyVerdictColumns(output, Date.now()), empty: "it was not flaky" });
  if (commands.length > 0) output.note(["to mute it for two weeks:", ...commands].join("\n  "));
}
