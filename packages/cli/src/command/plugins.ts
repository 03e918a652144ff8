import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const definePlugins: DefineVerb = (command, context) => {
  command
    .command("list", { isDefault: true })
    .description("List plugins with their default revisions.")
    .action(() => list(context));
  command
    .command("show")
    .argument("<plugin>", "its name")
    .description("Show a plugin with its revisions and definitions.")
    .action((plugin: string) => show(context, plugin));
  command
    .command("switch")
    .argument("<plugin>", "its name")
    .argument("<revision>", "id or version of the revision that new launches get")
    .description("Switch the default revision; tasks that are launched already keep theirs.")
    .action((plugin: string, revision: string) => switchDefault(context, plugin, revision));
  command
    .command("prune")
    .argument("<plugin>", "its name")
    .option(
      "--keep <count>",
      "newest revisions that stay, beside the default and those with unfinished tasks (default: 5)",
    )
    .option("--dry-run", "only show what would go")
    .description("Prune old revisions that no unfinished task needs.")
    .action((plugin: string, flags: PruneFlags) => prune(context, plugin, flags));
  command.addHelpText(
    "after",
    examples([
      ["plugins show images", "lists its revisions and definitions"],
      ["plugins switch images 1.4.0", "goes back to an earlier version"],
      ["plugins prune images --keep 3 --dry-run", "shows which revisions would go"],
    ]),
  );
};

interface PruneFlags {
  readonly keep?: string;
  readonly dryRun?: boolean;
}

async function list(context: Context): Promise<void> {
  const [{ printList }, { pluginColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/plugin.js"),
    connect(context),
  ]);
  const options = { columns: pluginColumns(context.output), empty: "no plugins: deploy one with `capstan deploy DIR`" };
  await printList(context.output, client.plugins.list(), options);
}

async function show(context: Context, name: string): Promise<void> {
  const [{ pluginLines }, client] = await Promise.all([import("../render/plugin.js"), connect(context)]);
  const { output } = context;
  const plugin = await client.plugins.get(name);
  if (output.isJson) return output.json(plugin);
  output.lines(pluginLines(plugin, { output, nowMs: Date.now() }));
}

async function switchDefault(context: Context, name: string, revision: string): Promise<void> {
  const client = await connect(context);
  const { output } = context;
  const plugin = await client.plugins.switchDefault(name, revision);
  if (output.isJson) return output.json(plugin);
  const version = plugin.revisions.find(({ isDefault }) => isDefault)?.version;
  output.line(
    `${name} now has the default ${plugin.defaultRevision ?? revision}${version === undefined ? "" : ` (${version})`}`,
  );
}

async function prune(context: Context, name: string, { keep, dryRun = false }: PruneFlags): Promise<void> {
  const [{ parseCount }, { pruneLines }, client] = await Promise.all([
    import("../option/count.js"),
    import("../render/prune.js"),
    connect(context),
  ]);
  const { output } = context;
  const options = keep === undefined ? {} : { keep: parseCount(keep, "--keep", { min: 0 }) };
  const result = await client.plugins.prune(name, { ...options, isDryRun: dryRun });
  if (output.isJson) return output.json(result);
  output.lines(pruneLines(result, { output, nowMs: Date.now() }));
}
