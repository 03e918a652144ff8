import { connect, type Context } from "../context.js";
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
  const [{ printList }, { flakyColumns }, { parseCount }, { limits }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/flaky.js"),
    import("../option/count.js"),
    import("@capstan/protocol"),
    connect(context),
  ]);
  const limit = parseCount(options.limit, "--limit");
  const query = { ...(name === undefined ? {} : { class: name }), limit: Math.min(limit, limits.pageItems) };
  const columns = flakyColumns(context.output, Date.now());
  await printList(context.output, client.flaky(query), { columns, empty: "nothing was flaky", limit });
}

async function show(context: Context, name: string | undefined, key: string): Promise<void> {
  const [{ printList }, { flakyVerdictColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/flaky.js"),
    connect(context),
  ]);
  const { output } = context;
  const found = client.flaky({ ...(name === undefined ? {} : { class: name }), key });
  const verdicts = (async function* () {
    for await (const { verdicts: each = [] } of found) yield* each;
  })();
  await printList(output, verdicts, { columns: flakyVerdictColumns(output, Date.now()), empty: "it was not flaky" });
}
